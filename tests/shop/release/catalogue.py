"""What the shop sells. Prices are net, in euros."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Item:
    name: str
    price: Decimal


ITEMS = {
    "lamp": Item("Brass lantern", Decimal("49.00")),
    "rug": Item("Woven rug", Decimal("120.00")),
    "wick": Item("Spare wicks", Decimal("4.50")),
}
