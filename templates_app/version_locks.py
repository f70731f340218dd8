"""VERSION_LOCKS: the database triggers that hold published versions still."""

from templates_app.models import TemplateVersion
from tongyi_portal.common.row_locks import refused_when

TABLE = TemplateVersion._meta.db_table


def _refused(verb: str, differs: str) -> str:
    """When a change of a row is refused: it was published, and its content would differ."""
    if verb == "delete":
        return "OLD.published_at IS NOT NULL"
    columns = sorted(
        str(field.column)
        for field in TemplateVersion._meta.concrete_fields
        if field.column and field.name in TemplateVersion.FROZEN
    )
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)
    return f"OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR {changed})"


VERSION_LOCKS = refused_when(
    table=TABLE,
    prefix=f"{TABLE}_published_no_",
    functions="templates_refuse_published_",
    why="a published version cannot be changed",
    condition=_refused,
)
