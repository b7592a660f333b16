//! Words that exports of any system use: for totals, for nothing, for yes and no, for months and for currencies.

mod currencies;
mod months;

pub use currencies::{Sign, currency, sign};
pub use months::month;

/// What a total row begins with, as [`norm`] has it.
const TOTALS: &[&str] = &[
    "total",
    "totals",
    "grand total",
    "grand totals",
    "subtotal",
    "overall total",
    "summary",
    "gesamt",
    "gesamtsumme",
    "gesamtsummen",
    "gesamtergebnis",
    "insgesamt",
    "summe",
    "zwischensumme",
    "totaux",
    "total général",
    "sous-total",
    "somme",
    "total general",
    "totales",
    "suma",
    "totale",
    "totali",
    "totale complessivo",
    "totale generale",
    "totais",
    "total geral",
    "soma",
    "totaal",
    "totalen",
    "eindtotaal",
    "algemeen totaal",
    "razem",
    "łącznie",
    "suma całkowita",
    "suma końcowa",
    "ogółem",
    "totalt",
    "totalsumma",
    "summa",
    "i alt",
    "ialt",
    "samlet",
    "totalsum",
    "sum",
    "yhteensä",
    "celkem",
    "celkový součet",
    "součet",
    "spolu",
    "összesen",
    "toplam",
    "genel toplam",
    "итого",
    "всего",
    "разом",
    "σύνολο",
    "合計",
    "総計",
    "小計",
    "总计",
    "合计",
    "總計",
    "합계",
    "총계",
];

/// What stands for nothing, in lower case.
const NOTHING: &[&str] =
    &["", "-", "--", "---", "–", "—", "n/a", "na", "n. v.", "n.v.", "k. a.", "k.a.", "null", "none", "(not set)", "#n/a", "nd", "n/d", "s/o"];

const YES: &[&str] = &[
    "1",
    "true",
    "yes",
    "ja",
    "oui",
    "sí",
    "si",
    "sì",
    "sim",
    "tak",
    "ano",
    "はい",
    "x",
    "wahr",
    "vrai",
    "verdadero",
    "vero",
    "prawda",
    "waar",
    "sant",
    "sand",
];
const NO: &[&str] = &[
    "0",
    "false",
    "no",
    "nein",
    "non",
    "não",
    "nee",
    "nie",
    "nej",
    "nei",
    "ne",
    "いいえ",
    "",
    "falsch",
    "faux",
    "falso",
    "fałsz",
    "onwaar",
    "falskt",
    "falsk",
];

/// A name as it is compared: lower case, one blank for each run of blanks of any kind, marks that do not show left out.
pub fn norm(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{202a}'..='\u{202e}')) {
        match c {
            _ if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            '（' => out.push('('),
            '）' => out.push(')'),
            '：' => out.push(':'),
            '‘' | '’' => out.push('\''),
            '‐' | '‑' | '–' | '—' => out.push('-'),
            _ => out.extend(c.to_lowercase()),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A name as columns and stages are looked up: its letters and digits alone, small and without accents. Systems are not of one mind about
/// hyphens, blanks and points from one release to the next.
pub fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).map(plain).collect()
}

/// A letter without its accent.
fn plain(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' | 'æ' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'ů' => 'u',
        'ś' | 'š' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ñ' | 'ń' | 'ň' => 'n',
        'ď' => 'd',
        'ł' => 'l',
        'ř' => 'r',
        'ť' => 't',
        'ý' => 'y',
        _ => c,
    }
}

/// Whether a text says that there is nothing.
pub fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 9 && NOTHING.contains(&text.to_lowercase().as_str())
}

/// Whether a text is the label of a total, in any of the languages: the word, alone or with a name behind it.
pub fn is_total(text: &str) -> bool {
    let text = norm(text);
    TOTALS.iter().any(|word| {
        let Some(rest) = text.strip_prefix(word) else { return false };
        let is_east_asian = word.chars().all(|c| c >= '\u{3000}');
        is_east_asian || !rest.starts_with(char::is_alphanumeric)
    })
}

/// A yes or a no.
pub fn truth(text: &str) -> Option<bool> {
    let text = norm(text);
    let says = |words: &[&str]| words.contains(&text.as_str());
    if says(YES) {
        Some(true)
    } else if says(NO) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_words_not_beginnings_of_words() {
        for label in [
            "Total",
            "Total: Account",
            "Gesamt: Konto",
            "Total : compte",
            "Razem: konto",
            "TOTAL GENERAL",
            "合計：アカウント",
            "Grand Totals (9 records)",
        ] {
            assert!(is_total(label), "{label}");
        }
        for name in ["Gesamtpaket Bremen", "Totally", "Summer sale", "Sumatra", "Account", ""] {
            assert!(!is_total(name), "{name}");
        }
    }

    #[test]
    fn names_are_looked_up_by_their_letters() {
        for (one, other) in [
            ("Kampagnen-ID", "Kampagnen ID"),
            ("Währungscode", "währungscode "),
            ("キャンペーン ID", "キャンペーンID"),
            ("Deal – Status", "Deal - Status"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("Amount (converted)"), key("Amount"));
    }
}
