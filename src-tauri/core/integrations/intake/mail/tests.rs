//! Mails as they come, and what is made of them.

use super::*;

fn read(text: &str) -> Item {
    item(text.replace('\n', "\r\n").as_bytes(), None)
}

#[test]
fn a_plain_mail_is_its_subject_its_words_and_who_wrote_it() {
    let mail = read(
        "From: =?utf-8?q?J=C3=BCrgen_Gro=C3=9F?= <Juergen@Example.org>\nSubject: =?iso-8859-1?q?Zahlung_h=E4ngt?=\n\
         Message-ID: <1@example.org>\nContent-Type: text/plain; charset=iso-8859-1\n\
         Content-Transfer-Encoding: quoted-printable\n\nSeit heute fr=FCh.\n",
    );
    assert_eq!(mail.title, "Zahlung hängt");
    assert_eq!(mail.text, "Seit heute früh.");
    let from = Sender { name: "Jürgen Groß".into(), reach: "juergen@example.org".into() };
    assert_eq!(mail.from, from);
    assert!(!mail.id.contains("example"), "a name for ever holds no address: {}", mail.id);
}

#[test]
fn charsets_of_all_the_world_become_unicode() {
    for (charset, bytes, text) in [
        ("windows-1252", &b"caf\xe9 \x80"[..], "café €"),
        ("koi8-r", b"\xcf\xdb\xc9\xc2\xcb\xc1", "ошибка"),
        ("shift_jis", b"\x83G\x83\x89\x81[", "エラー"),
        ("gb2312", b"\xb4\xed\xce\xf3", "错误"),
        ("utf-8", "خطأ 💥".as_bytes(), "خطأ 💥"),
    ] {
        let head = format!(
            "From: a@b.c\r\nSubject: x\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
        );
        let raw = [head.as_bytes(), bytes, b"\r\n"].concat();
        assert_eq!(item(&raw, None).text, text, "{charset}");
    }
}

#[test]
fn an_answer_names_the_mails_before_it_and_its_quotation_is_apart() {
    let mail = read(
        "From: a@b.c\nSubject: Re: Cart\nMessage-ID: <3@x>\nIn-Reply-To: <2@x>\nReferences: <1@x> <2@x>\n\n\
         It is version 2.4.\n\nOn Mon, 23 Nov 2026 at 10:00, Support wrote:\n> Which version?\n>\n> Yours\n",
    );
    assert_eq!(mail.text, "It is version 2.4.");
    assert!(mail.quoted.starts_with("On Mon") && mail.quoted.contains("> Which version?"));
    let first = read("From: a@b.c\nSubject: Cart\nMessage-ID: <1@x>\n\nhelp\n");
    let second = read("From: a@b.c\nSubject: Cart\nMessage-ID: <2@x>\n\nhelp\n");
    assert_eq!(mail.answers, [second.id, first.id]);
}

#[test]
fn quotations_are_folded_however_people_write_and_never_between_answers() {
    let cases = [
        // A wrapped introduction.
        (
            "Yes.\n\nAm 23.11.2026 um 10:00 schrieb Support Team <support@example.org>\nund andere:\n\n> Ja?",
            "Yes.",
        ),
        // Outlook.
        (
            "Yes.\n\n________________________________\nFrom: Support <s@x.y>\nSent: Monday\nTo: Me\nSubject: Re\n\nWhich one?",
            "Yes.",
        ),
        ("Ja.\n\nVon: Support <s@x.y>\nGesendet: Montag\nAn: Mich\nBetreff: AW\n\nWelche?", "Ja."),
        (
            "Yes.\n\n-----Original Message-----\nFrom: Support <s@x.y>\nSent: Monday\nTo: Me\n\nWhich one?",
            "Yes.",
        ),
        // Below the quotation.
        ("On 23 Nov 2026 Support wrote:\n> Which one?\n\nThe red one.", "The red one."),
        ("> Which one?\nThe red one.", "The red one."),
        // Between: it all stays.
        ("> One?\nYes.\n> Two?\nNo.", "> One?\nYes.\n> Two?\nNo."),
        // Nothing but a quotation, and nothing quoted.
        ("> only this", "> only this"),
        (
            "Steps:\n1. open\nExpected: works\nActual: breaks",
            "Steps:\n1. open\nExpected: works\nActual: breaks",
        ),
    ];
    for (text, own) in cases {
        let (mine, quoted) = fold(text);
        assert_eq!(mine, own, "{text}");
        assert_eq!(quoted.is_empty(), mine == text, "{text}: {quoted}");
    }
}

#[test]
fn a_page_of_html_is_read_as_text_and_its_plain_twin_is_preferred() {
    let both = read(
        "From: a@b.c\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=q\n\n\
         --q\nContent-Type: text/plain\n\nplain\n--q\nContent-Type: text/html\n\n<b>rich</b>\n--q--\n",
    );
    assert_eq!(both.text, "plain");
    let page = read(
        "From: a@b.c\nSubject: x\nContent-Type: text/html; charset=utf-8\n\n\
         <script>steal()</script><p>Grüße<img src=https://track.example/1.gif></p>\n",
    );
    assert_eq!(page.text, "Grüße");
}

#[test]
fn attachments_keep_their_bytes_and_lose_what_is_dangerous_in_their_names() {
    let mail = read(
        "From: a@b.c\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n\
         --q\nContent-Type: text/plain\n\nsee there\n--q\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"../../etc/pass\\\\wd.png\"\n\niVBORw0KGgo=\n\
         --q\nContent-Type: message/rfc822\n\nSubject: inner\n\nhello\n--q--\n",
    );
    assert_eq!(mail.text, "see there");
    let [image, inner] = &mail.files[..] else { panic!("{:?}", mail.files) };
    assert_eq!((image.name.as_str(), image.media.as_str()), ("wd.png", "image/png"));
    assert_eq!(image.bytes, b"\x89PNG\r\n\x1a\n");
    assert_eq!(inner.media, "message/rfc822");
    assert!(String::from_utf8_lossy(&inner.bytes).contains("hello"));
}

#[test]
fn machines_that_answer_are_known_as_such() {
    let away = read("From: a@b.c\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nAway.\n");
    assert!(away.automatic);
    let alert = read("From: cron@b.c\nSubject: disk\nAuto-Submitted: auto-generated\n\nfull\n");
    assert!(!alert.automatic, "a machine that reports is a reporter");
}

#[test]
fn flowed_lines_are_joined() {
    let mail = read(
        "From: a@b.c\nSubject: x\nContent-Type: text/plain; format=flowed\n\nIt is \nbroken.\n\n> and \n> quoted\n\nThe end.\n",
    );
    assert_eq!(mail.text, "It is broken.\n\n> and quoted\n\nThe end.");
}

#[test]
fn whatever_arrives_is_read_without_a_panic_and_has_a_name_and_a_title() {
    let odd: [&[u8]; 6] = [
        b"",
        b"\xff\xfe\x00",
        b"Subject: \r\n\r\n",
        b"From: \r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n",
        b"Subject: =?utf-8?b?////?=\r\nMessage-ID: <>\r\n\r\n\0\0",
        b"Content-Type: text/html\r\n\r\n<p",
    ];
    for raw in odd {
        let item = item(raw, None);
        assert!(!item.id.is_empty() && !item.title.trim().is_empty(), "{raw:?}: {item:?}");
    }
}
