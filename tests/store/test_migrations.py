"""A store of a version before is brought up to date whole, or left as it was; one of a newer version is refused."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from overread.errors import SettingsError, StoreError
from overread.store import _schema as t
from overread.store import migrations
from overread.store.home import Home
from overread.testing.doubles import make_case


def test_the_newest_revision_is_the_one_that_starts_look_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.NEWEST


def test_the_migrations_make_the_tables_that_the_store_works_with(any_home: Home) -> None:
    with any_home.database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), t.metadata) == []


def test_a_store_of_a_newer_version_is_refused_and_left(any_home: Home, database_url: str | None) -> None:
    with any_home.database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version of Overread"):
        Home(any_home.root, database_url)


def test_a_migration_that_fails_half_way_leaves_the_store_as_it_was(any_home: Home, database_url: str | None) -> None:
    any_home.cases.admit(make_case(), 1, {}, None)
    with any_home.database.begin() as connection:
        for table in reversed(t.metadata.sorted_tables):
            if table.name not in ("cases", "reviews", "signatures", "alerts", "journal", "marks"):
                connection.execute(sa.text(f"DROP TABLE {table.name}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreError, match="marks"):  # it is there already
        Home(any_home.root, database_url)
    with any_home.database.connect() as connection:
        assert not sa.inspect(connection).has_table("users")
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"
    assert any_home.cases.rows()


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x"])
def test_another_kind_of_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="setting 'database'"):
        Home(tmp_path, url)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used") as raised:
        Home(tmp_path, "postgresql://reader:hunter2@127.0.0.1:9/overread")
    assert "hunter2" not in str(raised.value)


def test_an_error_of_the_database_does_not_print_what_was_written(any_home: Home) -> None:
    with pytest.raises(sa.exc.IntegrityError) as raised, any_home.database.begin() as connection:
        connection.execute(sa.insert(t.alerts).values(id="CANARY", case_id=None, alert_json="", raised_at=None))
    assert "CANARY" not in str(raised.value).replace(str(raised.value.orig), "")
