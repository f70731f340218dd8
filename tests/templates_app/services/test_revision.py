"""When the catalogue's revision grows."""

from typing import Any

import pytest
from django.db import transaction

from templates_app.services.revision import catalogue_changed, catalogue_revision


@pytest.mark.django_db
def test_the_first_change_makes_the_row_and_each_later_one_counts(
    django_capture_on_commit_callbacks: Any,
) -> None:
    numbers = [catalogue_revision()]
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            catalogue_changed()
        numbers.append(catalogue_revision())
    assert numbers == [0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_is_none() -> None:
    with transaction.atomic():
        catalogue_changed()
        transaction.set_rollback(True)
    assert catalogue_revision() == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_undone_to_a_savepoint_leaves_the_others_counted() -> None:
    with transaction.atomic():
        with transaction.atomic():
            catalogue_changed()
            transaction.set_rollback(True)
        catalogue_changed()
    assert catalogue_revision() == 1


@pytest.mark.django_db(transaction=True)
def test_the_row_is_left_alone_until_the_transaction_ends(django_assert_num_queries: Any) -> None:
    with transaction.atomic():
        with django_assert_num_queries(0):
            catalogue_changed()
        assert catalogue_revision() == 0
    assert catalogue_revision() == 1
