"""What points to a person is gone; amounts, dates and words are not."""

from __future__ import annotations

import pytest

from ticketing.learning.masking import mask_long_numbers, mask_person


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("appelez le 0661000001", "appelez le ••••••"),
        ("06 61 00 00 01 svp", "•••••• svp"),
        ("+212 661-00-00-01", "••••••"),
        ("عقدي ٢٠٤١٧٧٣١", "عقدي ••••••"),
        ("carte 4970 1012 3456 7890", "carte ••••••"),
        ("fatima.z@mail.ma m'écrit", "… m'écrit"),
        ("ma facture de 115,86 DH du 12/11", "ma facture de 115,86 DH du 12/11"),
        ("index 55413", "index 55413"),
    ],
)
def test_long_numbers(text: str, masked: str) -> None:
    assert mask_long_numbers(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Bonjour Mme Alaoui, votre dossier 100014 est prêt", "Bonjour Mme …, votre dossier … est prêt"),
        ("Bonjour Fatima Zahra, c'est Salma du service", "Bonjour …, c'est … du service"),
        ("السيد بنعلي، المبلغ 115,86 درهم", "السيد …، المبلغ … درهم"),
        ("السيد محمد بنعلي سيزوركم", "السيد … سيزوركم"),
        ("فاطمة، الزيارة غدا", "…، الزيارة غدا"),
        ("M. le directeur vous répondra", "M. le directeur vous répondra"),
        ("voir https://srm.example/help/fr/12?token=5512", "voir https://srm.example/help/fr/12"),
        ("écrivez à contact@srm.example", "écrivez à …"),
    ],
)
def test_persons(text: str, masked: str) -> None:
    names = ("Fatima Zahra", "فاطمة", "Salma Idrissi")
    assert mask_person(text, names) == masked
