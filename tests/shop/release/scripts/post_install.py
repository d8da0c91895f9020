"""Run by the deploy agent in the unpacked release before it goes live; a non-zero exit stops it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import catalogue
import customers

print(f"{len(catalogue.ITEMS)} items and {len(customers.PROFILES)} customer profiles are readable")
