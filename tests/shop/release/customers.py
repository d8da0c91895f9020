"""Customers with a saved card. Profiles made before 2021 carry no VAT rate of their own."""

PROFILES = {
    "anna": {"name": "Anna Frei", "country": "DE", "vat_rate": "0.19", "since": 2023},
    "bo": {"name": "Bo Lindqvist", "country": "SE", "since": 2018},
    "chiara": {"name": "Chiara Riva", "country": "IT", "since": 2019},
}
