//! Counted nouns.

use shared::language::Language::{DeDe, EnUs, EsEs, FrFr, ZhCn};
use speech::{count, phrase};

use crate::says;

// covers: LNG-01
#[test]
fn lng_01_a_number_agrees_with_what_is_counted() {
    let messages = |language| move |n| count(language, n, phrase::VM_NEW_ONE, phrase::VM_NEW_MANY);
    says(EnUs, &[(0, "zero new messages"), (1, "one new message"), (21, "twenty-one new messages")], messages(EnUs));
    says(
        EsEs,
        &[(1, "un mensaje nuevo"), (21, "veintiún mensajes nuevos"), (101, "ciento un mensajes nuevos")],
        messages(EsEs),
    );
    says(
        DeDe,
        &[(1, "eine neue Nachricht"), (2, "zwei neue Nachrichten"), (21, "einundzwanzig neue Nachrichten")],
        messages(DeDe),
    );
    says(
        FrFr,
        &[(0, "zéro nouveau message"), (1, "un nouveau message"), (2, "deux nouveaux messages")],
        messages(FrFr),
    );
    says(ZhCn, &[(1, "一条新留言"), (2, "两条新留言"), (12, "十二条新留言"), (22, "二十二条新留言")], messages(ZhCn));
}

// covers: LNG-01
#[test]
fn lng_01_feminine_nouns_have_feminine_numbers() {
    let hours = |language| move |n| count(language, n, phrase::HOUR, phrase::HOURS);
    says(
        EsEs,
        &[
            (1, "una hora"),
            (21, "veintiuna horas"),
            (200, "doscientas horas"),
            (221_000, "doscientas veintiún mil horas"),
            (1_000_500, "un millón quinientas horas"),
        ],
        hours(EsEs),
    );
    says(DeDe, &[(1, "eine Stunde"), (101, "einhundert eine Stunden")], hours(DeDe));
    says(
        FrFr,
        &[
            (1, "une heure"),
            (21, "vingt et une heures"),
            (71, "soixante et onze heures"),
            (81, "quatre-vingt-une heures"),
        ],
        hours(FrFr),
    );
}
