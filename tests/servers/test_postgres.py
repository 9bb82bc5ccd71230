"""The PostgreSQL of the tests is a real server: it dies by kill -9 and comes back with what was committed."""

from sqlalchemy import create_engine, text

from tests.servers import Postgres


def test_a_server_killed_and_started_again_still_has_every_committed_row(postgres: Postgres) -> None:
    url = postgres.database()
    execute(url, "CREATE TABLE kept (number int)", "INSERT INTO kept SELECT generate_series(1, 1000)")
    postgres.kill()
    assert not postgres.running
    postgres.start()
    assert count(url, "kept") == 1000


def test_every_database_is_new_and_empty(postgres: Postgres) -> None:
    first, second = postgres.database(), postgres.database()
    execute(first, "CREATE TABLE own (number int)")
    assert count(second, "pg_tables WHERE schemaname = 'public'") == 0


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def count(url: str, rows: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one()
    engine.dispose()
    return int(found)
