//! What people of the sample report: three products, each in words of its own. A title, what was
//! seen, how to see it again and the component belong together; `{}` is where they vary.

/// A kind of trouble, and what it was seen with.
pub(super) struct Trouble {
    pub product: &'static str,
    pub component: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub steps: &'static str,
    pub workaround: &'static str,
    pub with: &'static [&'static str],
}

const fn of(
    product: &'static str,
    component: &'static str,
    [title, description, steps, workaround]: [&'static str; 4],
    with: &'static [&'static str],
) -> Trouble {
    Trouble { product, component, title, description, steps, workaround, with }
}

const PAID: &[&str] =
    &["PayPal", "Apple Pay", "Klarna", "SEPA debit", "Twint", "a gift card", "Google Pay", "iDEAL"];
const LANDS: &[&str] =
    &["Portugal", "Austria", "Norway", "Switzerland", "Poland", "Ireland", "Greece", "Finland"];
const BROWSERS: &[&str] = &[
    "Safari 18",
    "Firefox 132",
    "Chrome on Android",
    "Edge",
    "Samsung Internet",
    "Safari on iPad",
    "Chrome 131",
    "the iOS app",
];
const WARES: &[&str] = &[
    "shoes",
    "garden furniture",
    "lamps",
    "bicycles",
    "coffee machines",
    "toys",
    "curtains",
    "headphones",
];
const FORMATS: &[&str] = &["CSV", "DATEV", "Excel", "XML", "SAF-T", "PDF archive", "JSON", "MT940"];
const PROVIDERS: &[&str] =
    &["Gmail", "Outlook", "GMX", "iCloud Mail", "Proton Mail", "web.de", "Yahoo", "Orange"];
const LOGINS: &[&str] = &[
    "Google",
    "Apple",
    "Microsoft",
    "a passkey",
    "an SMS code",
    "an authenticator app",
    "a mail code",
    "a security key",
];

pub(super) const TROUBLES: &[Trouble] = &[
    of(
        "shop",
        "Checkout",
        [
            "“Pay” answers error 500 with {}",
            "Customers who pay with {} get an error page after “Pay”. The order is not created and nothing is charged. It began after lunch; before that everything was fine.",
            "1. Put anything into the cart\n2. Choose {}\n3. Press “Pay”",
            "Another way to pay works.",
        ],
        PAID,
    ),
    of(
        "shop",
        "Checkout",
        [
            "Delivery to {} cannot be chosen",
            "The list of countries in the delivery step lacks {}. Customers with a saved address there cannot go on.",
            "1. Sign in with an address in {}\n2. Go to checkout",
            "",
        ],
        LANDS,
    ),
    of(
        "shop",
        "Cart",
        [
            "Cart is empty after coming back in {}",
            "What was put into the cart is gone as soon as the page is opened again in {}. Nobody signed out in between.",
            "1. Open the shop in {}\n2. Put something into the cart\n3. Close and open the page",
            "Signed-in customers find it under “Saved for later”.",
        ],
        BROWSERS,
    ),
    of(
        "shop",
        "Cart",
        [
            "Discount is taken twice with {}",
            "The voucher is subtracted once in the cart and once more when the customer chooses {}. The total can even become negative.",
            "1. Enter a voucher\n2. Choose {}\n3. Compare both totals",
            "",
        ],
        PAID,
    ),
    of(
        "shop",
        "Catalogue",
        [
            "Filter by size finds no {}",
            "As soon as any size is chosen, the list of {} is empty, although there is stock. Without the filter all of them are shown.",
            "1. Open {}\n2. Choose any size",
            "Sort by size instead.",
        ],
        WARES,
    ),
    of(
        "shop",
        "Catalogue",
        [
            "Pictures of {} stay grey",
            "The placeholders are never replaced for {}. The console shows 403 from the image server.",
            "1. Open {}\n2. Scroll down",
            "",
        ],
        WARES,
    ),
    of(
        "shop",
        "Returns",
        [
            "Return label for {} lacks the bar code",
            "Labels for parcels from {} are printed without the bar code; the carrier refuses them at the counter.",
            "1. Start a return from {}\n2. Print the label",
            "Support can send a label by mail.",
        ],
        LANDS,
    ),
    of(
        "shop",
        "Returns",
        [
            "Rückgabe von {} ohne Grund möglich",
            "Bei {} lässt sich die Rückgabe abschicken, ohne dass ein Grund gewählt wurde. Das Lager kann die Ware dann nicht zuordnen und legt sie auf Halde. Seit Montag sind es schon elf Pakete.",
            "1. Rückgabe von {} beginnen\n2. Grund leer lassen\n3. Absenden",
            "Das Lager ruft beim Kunden an.",
        ],
        WARES,
    ),
    of(
        "shop",
        "Catalogue",
        [
            "{} で検索結果が空になる",
            "{} で商品名に全角スペースを入れて検索すると、結果が0件になります。半角スペースでは正しく表示されます。",
            "1. {} で商品検索を開く\n2. 全角スペースを含む語を入力する",
            "半角スペースを使う。",
        ],
        BROWSERS,
    ),
    of(
        "shop",
        "Cart",
        [
            "المتصفح يتجمد عند فتح السلة في {}",
            "يتوقف {} عن الاستجابة بعد إضافة أكثر من عشرين منتجًا إلى السلة، ولا يمكن إتمام الطلب.",
            "",
            "تقسيم الطلب إلى طلبين.",
        ],
        BROWSERS,
    ),
    of(
        "billing",
        "Tax",
        [
            "Invoices to {} carry the German VAT rate",
            "Invoices to private customers in {} show 19 % instead of the rate of the country. Bookkeeping noticed it while closing the week; credit notes will be needed for every one of them.\n\nWhat we know so far:\n– only customers who registered before the move to the new profile,\n– only since the release of last week,\n– the amount charged is right, the split into net and tax is not.\n\nThe tax adviser wants to know by the end of the month how many there are.",
            "1. Take a customer in {} from before the move\n2. Make an invoice\n3. Look at the tax line",
            "",
        ],
        LANDS,
    ),
    of(
        "billing",
        "Tax",
        [
            "Reverse charge is missing for companies in {}",
            "A valid VAT number from {} is accepted, yet the invoice still shows tax.",
            "1. Save a VAT number from {}\n2. Make an invoice",
            "Write the invoice by hand.",
        ],
        LANDS,
    ),
    of(
        "billing",
        "Exports",
        [
            "{} export loses its last line",
            "Every export as {} lacks the last booking, also when there is just one. The control total is right, so it is only noticed at import.",
            "1. Choose any month\n2. Export as {}\n3. Count the lines",
            "Choose one day more.",
        ],
        FORMATS,
    ),
    of(
        "billing",
        "Exports",
        [
            "Umlauts are broken in the {} export",
            "“Müller” arrives as “MÃ¼ller” in every {} file since the update of the export service.",
            "1. Export as {}\n2. Open the file in the accounting program",
            "Open it as UTF-8 by hand.",
        ],
        FORMATS,
    ),
    of(
        "billing",
        "Invoices",
        [
            "Payment by {} stays “open”",
            "The money has arrived, the invoice paid by {} is still open, and the customer gets a reminder.",
            "1. Take an order paid by {}\n2. Look at its invoice a day later",
            "Mark it as paid by hand.",
        ],
        PAID,
    ),
    of(
        "billing",
        "Invoices",
        [
            "Rechnung für {} wird zweimal verschickt",
            "Kunden aus {} bekommen dieselbe Rechnung zweimal, mit derselben Nummer und einer Minute Abstand. Mehrere haben doppelt überwiesen; die Buchhaltung muss jeden Fall einzeln zurückzahlen.",
            "",
            "",
        ],
        LANDS,
    ),
    of(
        "billing",
        "Invoices",
        [
            "Download of older invoices answers 404 in {}",
            "Everything before March is gone from the list’s links when opened in {}; newer ones come at once.",
            "1. Open the list of invoices in {}\n2. Go back to February\n3. Press “Download”",
            "Ask support for a copy.",
        ],
        BROWSERS,
    ),
    of(
        "accounts",
        "Sign-in",
        [
            "Sign-in with {} comes back to the first page",
            "After {} was accepted, the first page comes again and nobody is signed in. Waiting does not help; a private window does.",
            "1. Choose {}\n2. Confirm\n3. Look who is signed in",
            "Use a private window.",
        ],
        LOGINS,
    ),
    of(
        "accounts",
        "Sign-in",
        [
            "Sessions end after a minute in {}",
            "Whoever signs in with {} has to do so again at the next click or the one after.",
            "1. Sign in with {}\n2. Wait a minute\n3. Open the profile",
            "",
        ],
        BROWSERS,
    ),
    of(
        "accounts",
        "Mail",
        [
            "Password reset does not reach {}",
            "Nobody with an address at {} gets the mail; others do. The log of the mail service says “421 try again later”.",
            "1. Ask for a new password with an address at {}",
            "Support can set a password on the telephone.",
        ],
        PROVIDERS,
    ),
    of(
        "accounts",
        "Mail",
        [
            "Confirmation arrives twice at {}",
            "The second mail makes the link of the first invalid, and {} sorts them so that the first one is opened.",
            "1. Register with an address at {}\n2. Open the upper mail",
            "Use the newer mail.",
        ],
        PROVIDERS,
    ),
    of(
        "accounts",
        "Profile",
        [
            "Saved address in {} is lost after sign-out",
            "The form is empty after the next sign-in if the address is in {}. Support sees it in the database all the time.",
            "1. Save an address in {}\n2. Sign out and in",
            "Copy the address before.",
        ],
        LANDS,
    ),
    of(
        "accounts",
        "Profile",
        [
            "Two-step check cannot be switched off for {}",
            "The switch for {} jumps back after “Save”, with no message.",
            "1. Open the profile\n2. Switch {} off\n3. Save",
            "",
        ],
        LOGINS,
    ),
    of(
        "accounts",
        "Profile",
        [
            "{} でプロフィール写真が横向きになる",
            "{} から写真を登録すると、90度回転して表示されます。元の画像は正しい向きです。",
            "",
            "回転してから登録する。",
        ],
        BROWSERS,
    ),
];

/// People who call and write, with the place their telephone rings.
pub(super) const CALLERS: &[(&str, &str)] = &[
    ("Ann Petrov", "+49 30 5550"),
    ("João Silva", "+351 21 555 0"),
    ("Mia Schneider", "+49 89 5550"),
    ("Omar Farouk", "+20 2 5550"),
    ("Yuki Tanaka", "+81 3 5550 0"),
    ("Chloé Martin", "+33 1 55 50 0"),
    ("Piotr Kowalski", "+48 22 555 0"),
    ("Zoë Visser", "+31 20 555 0"),
    ("Sara Lindholm", "+46 8 555 0"),
    ("Luca Bianchi", "+39 02 5550"),
    ("Eva Horvat", "+385 1 555 0"),
    ("Tim O’Brien", "+353 1 555 0"),
];

pub(super) const SAID: &[(&str, bool)] = &[
    ("Seen it on the second machine too; it does not depend on the customer.", true),
    ("Thank you for the report. We can see it here and will write as soon as we know more.", false),
    ("The log has nothing at that minute. I asked operations for the one of the proxy.", true),
    ("It happened again just now, with another order.", false),
    ("Careful on the telephone: this customer was promised a call back twice already.", true),
];

/// Why an issue went no further, and what its reporter read.
pub(super) const DEFERRED: &[&str] = &[
    "Small, and the next release is near.",
    "Has a way around it; planned with the rework of this page.",
    "Few people are affected; it goes into the next release.",
];
pub(super) const REJECTED: &[&str] = &[
    "Works as the manual describes it; we answered the question.",
    "Not seen again in three tries on the customer’s machine.",
    "An extension of the browser blocks the request; the customer switched it off.",
];
pub(super) const CLOSED: &[&str] = &[
    "Solved with the customer on the telephone.",
    "A setting was wrong; corrected together with the customer.",
    "Data repaired by hand; it was this one record.",
    "Gone with the release of this week; the customer confirmed it.",
];
pub(super) const QUESTIONS: &[&str] = &[
    "Which browser was it, and does it happen again after signing out?",
    "Could you send us the number of the order and about when it was?",
];
