"""Lantern & Loom, a small web shop: pages for people, /healthz, /version and
/checkout/quote for machines.

One process serves one environment. It ends when its standard input closes, so that it never
outlives whoever started it. There is deliberately no payment: an order is a confirmation number.
"""

import argparse
import html
import json
import os
import sys
import threading
import traceback
import uuid
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import catalogue
import customers
import pricing

ROOT = Path(__file__).resolve().parent
VERSION = (ROOT / "VERSION").read_text().strip()
BANNER = "Free delivery this week"


class Shop(BaseHTTPRequestHandler):
    server_version = "LanternLoom/" + VERSION
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.guarded(
            {
                "/": self.front,
                "/cart": self.cart,
                "/checkout/quote": self.quote,
                "/healthz": self.health,
                "/version": self.version,
            }
        )

    def do_POST(self):
        self.guarded({"/cart": self.add, "/checkout": self.checkout})

    def guarded(self, routes):
        """An error in a page is a 500 with its kind, and a traceback in the log, as it would be
        behind any real framework."""
        route = routes.get(urlsplit(self.path).path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if route is None:
            return self.page(404, "Not found", "<p>There is no such page.</p>")
        try:
            route()
        except Exception as error:
            traceback.print_exc()
            self.page(500, "Something went wrong", f"<p>{type(error).__name__}</p>")

    def front(self):
        rows = "".join(
            f"<li>{html.escape(item.name)} {item.price} EUR"
            f'<form method="post" action="/cart"><input type="hidden" name="item" value="{key}">'
            f"<button>Add to cart</button></form></li>"
            for key, item in catalogue.ITEMS.items()
        )
        self.page(200, "Lantern & Loom", f"<p>{html.escape(BANNER)}</p><ul>{rows}</ul>")

    def cart(self):
        lines = self.cart_lines()
        rows = "".join(
            f"<li>{html.escape(catalogue.ITEMS[key].name)} × {count}</li>"
            for key, count in lines.items()
        )
        total = pricing.net_total(lines)
        people = "".join(
            f'<option value="{key}">{html.escape(profile["name"])}</option>'
            for key, profile in customers.PROFILES.items()
        )
        self.page(
            200,
            "Your cart",
            f"<ul>{rows}</ul><p>Net total {total} EUR</p>"
            f'<form method="post" action="/checkout"><label>Pay as <select name="customer">{people}'
            f'</select></label><input type="hidden" name="card" value="saved">'
            f"<button>Pay with saved card</button></form>",
        )

    def add(self):
        key = self.form().get("item", "")
        if key not in catalogue.ITEMS:
            return self.page(404, "Not found", "<p>We do not sell that.</p>")
        lines = self.cart_lines()
        lines[key] = lines.get(key, 0) + 1
        value = "&".join(f"{name}:{count}" for name, count in lines.items())
        self.answer(303, b"", "text/html", [("Location", "/cart"), ("Set-Cookie", f"cart={value}")])

    def quote(self):
        """What a customer would pay, by the very way that a checkout takes and without an order: a probe
        may ask as often as it likes."""
        profile = customers.PROFILES.get(last_values(urlsplit(self.path).query).get("customer", ""))
        if profile is None:
            return self.page(404, "Not found", "<p>No such customer.</p>")
        lines = self.cart_lines() or {"lamp": 1}
        self.json(200, {"total": str(pricing.gross_total(lines, profile)), "currency": "EUR"})

    def checkout(self):
        form = self.form()
        profile = customers.PROFILES.get(form.get("customer", ""))
        if form.get("card") == "saved" and profile is None:
            return self.page(404, "Not found", "<p>No such customer.</p>")
        if profile is None:
            profile = {"name": "Guest", "vat_rate": pricing.STANDARD_RATES["DE"]}
        lines = self.cart_lines() or {"lamp": 1}
        total = pricing.gross_total(lines, profile)
        number = uuid.uuid4().hex[:8].upper()
        self.page(
            200,
            "Thank you",
            f"<p>Order {number} for {html.escape(profile['name'])}: {total} EUR with VAT.</p>",
        )

    def health(self):
        pricing.ready()
        self.json(200, {"ok": True, "version": VERSION})

    def version(self):
        self.json(200, {"version": VERSION})

    def form(self):
        return last_values(self.body.decode("utf-8", "replace"))

    def cart_lines(self):
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("cart")
        except CookieError:
            cookie = None
        lines = {}
        for part in (cookie.value if cookie else "").split("&"):
            key, _, count = part.partition(":")
            if key in catalogue.ITEMS and count.isdigit() and 0 < int(count) < 100:
                lines[key] = int(count)
        return lines

    def page(self, status, title, body):
        title = html.escape(title)
        text = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f"<main><h1>{title}</h1>{body}</main></html>"
        )
        self.answer(status, text.encode(), "text/html; charset=utf-8")

    def json(self, status, value):
        self.answer(status, json.dumps(value).encode(), "application/json")

    def answer(self, status, body, kind, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def last_values(text):
    return {name: values[-1] for name, values in parse_qs(text).items()}


def end_with_parent():
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    port = options.parse_args().port
    threading.Thread(target=end_with_parent, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", port), Shop).serve_forever()


if __name__ == "__main__":
    main()
