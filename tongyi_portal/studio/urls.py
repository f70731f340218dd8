"""Studio URLs."""

from django.urls import path

from tongyi_portal.studio import check_views, rights_views, views

app_name = "studio"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("check", check_views.CheckView.as_view(), name="check"),
    path("login", views.LoginView.as_view(), name="login"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("my/data", rights_views.MyDataPage.as_view(), name="my-data"),
    path("my/export", rights_views.MyExport.as_view(), name="my-export"),
    path("my/erase", rights_views.EraseEverything.as_view(), name="erase-everything"),
    path("my/erased", rights_views.ErasedPage.as_view(), name="erased"),
    path("my/photos/<uuid:upload_id>/delete", rights_views.PhotoDelete.as_view(), name="photo-delete"),
    path("my/results/<uuid:job_id>/delete", rights_views.ResultDelete.as_view(), name="result-delete"),
    path("my/consents/<uuid:consent_id>/withdraw", rights_views.ConsentEnd.as_view(), name="consent-end"),
    path("my/decisions", rights_views.StatementsPage.as_view(), name="statements"),
    path("my/decisions/<uuid:statement_id>", rights_views.StatementPage.as_view(), name="statement"),
    path(
        "my/decisions/for/<slug:kind>/<uuid:row_id>",
        rights_views.StatementFor.as_view(),
        name="statement-for",
    ),
    path("studio/session", views.SessionView.as_view(), name="session"),
    path("studio/samples/<slug:key>-<slug:size>.jpg", views.SampleView.as_view(), name="sample"),
]
