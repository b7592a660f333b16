//! The months' names.

/// The months' names and their short forms, of January first, in lower case and without points. A short form of three letters that is the
/// beginning of the name is not listed.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "januar", "jänner", "jän", "janvier", "enero", "ene", "gennaio", "gen", "janeiro", "januari", "stycznia", "styczeń", "sty",
        "januari", "ledna", "leden", "led",
    ],
    &[
        "february",
        "februar",
        "février",
        "févr",
        "fév",
        "febrero",
        "febbraio",
        "fevereiro",
        "fev",
        "februari",
        "lutego",
        "luty",
        "lut",
        "února",
        "únor",
        "úno",
    ],
    &["march", "märz", "mär", "mrz", "mars", "marzo", "março", "maart", "mrt", "marca", "marzec", "marts", "března", "březen", "bře"],
    &["april", "avril", "avr", "abril", "abr", "aprile", "kwietnia", "kwiecień", "kwi", "dubna", "duben", "dub"],
    &["may", "mai", "mayo", "maggio", "mag", "maio", "mei", "maja", "maj", "května", "květen", "kvě"],
    &["june", "juni", "juin", "junio", "giugno", "giu", "junho", "czerwca", "czerwiec", "cze", "června", "červen", "čvn"],
    &["july", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho", "lipca", "lipiec", "lip", "července", "červenec", "čvc"],
    &["august", "août", "aoû", "agosto", "ago", "augustus", "augusti", "sierpnia", "sierpień", "sie", "srpna", "srpen", "srp"],
    &["september", "septembre", "septiembre", "sept", "settembre", "set", "setembro", "września", "wrzesień", "wrz", "září", "zář"],
    &[
        "october",
        "oktober",
        "okt",
        "octobre",
        "octubre",
        "ottobre",
        "ott",
        "outubro",
        "out",
        "października",
        "październik",
        "paź",
        "října",
        "říjen",
        "říj",
    ],
    &["november", "novembre", "noviembre", "novembro", "listopada", "listopad", "lis", "listopadu"],
    &[
        "december",
        "dezember",
        "dez",
        "décembre",
        "déc",
        "diciembre",
        "dic",
        "dicembre",
        "dezembro",
        "grudnia",
        "grudzień",
        "gru",
        "prosince",
        "prosinec",
        "pro",
    ],
];

/// The month that a word names, from 1; a word in lower case, without a point. A beginning of three letters or more counts where all months
/// that begin so are the same.
pub fn month(word: &str) -> Option<i8> {
    let of = |is: &dyn Fn(&str) -> bool| -> Vec<i8> {
        (1i8..).zip(MONTHS).filter(|(_, names)| names.iter().any(|name| is(name))).map(|(n, _)| n).collect()
    };
    let begins = |name: &str| word.chars().count() >= 3 && name.starts_with(word);
    match (of(&|name| name == word).first(), of(&begins).as_slice()) {
        (Some(n), _) => Some(*n),
        (None, [n]) => Some(*n),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_in_many_languages() {
        for (word, n) in [
            ("march", 3),
            ("mar", 3),
            ("märz", 3),
            ("mars", 3),
            ("mrz", 3),
            ("marca", 3),
            ("août", 8),
            ("sty", 1),
            ("maj", 5),
            ("mai", 5),
            ("maio", 5),
            ("sept", 9),
            ("dez", 12),
            ("listopadu", 11),
            ("července", 7),
            ("června", 6),
            ("juin", 6),
            ("juil", 7),
            ("giu", 6),
            ("jun", 6),
            ("jul", 7),
            ("dec", 12),
        ] {
            assert_eq!(month(word), Some(n), "{word}");
        }
        for word in ["ma", "ju", "monday", "červe", "am"] {
            assert_eq!(month(word), None, "{word}");
        }
    }
}
