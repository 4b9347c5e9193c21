from robust_extension.filler import filler

from robustcore.testing import check_operator


def test_fillers_keep_the_laws_of_operators():
    check_operator(filler, "How much is a ticket for one day?", "Combien coûte un billet ?")
