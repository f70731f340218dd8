"""Studio URLs."""

from django.urls import path

from tongyi_portal.studio import check_views, views

app_name = "studio"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("check", check_views.CheckView.as_view(), name="check"),
    path("login", views.LoginView.as_view(), name="login"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("studio/session", views.SessionView.as_view(), name="session"),
    path("studio/samples/<slug:key>-<slug:size>.jpg", views.SampleView.as_view(), name="sample"),
]
