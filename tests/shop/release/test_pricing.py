"""Run with `python3 -m unittest` in this directory."""

import unittest
from decimal import Decimal

import pricing


class Prices(unittest.TestCase):
    def test_net_total_multiplies_by_count(self):
        self.assertEqual(pricing.net_total({"lamp": 2, "wick": 1}), Decimal("102.50"))

    def test_vat_of_the_profile_is_added(self):
        profile = {"country": "DE", "vat_rate": "0.19"}
        self.assertEqual(pricing.gross_total({"lamp": 1}, profile), Decimal("58.31"))


if __name__ == "__main__":
    unittest.main()
