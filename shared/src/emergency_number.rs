//! The numbers of police, fire brigade and ambulance, country by country (EXT-10). A tenant can change its own.

use crate::country::{Continent, by_code};

/// The emergency numbers that are usual in a country; those known best in the world where it is not in the table, or none.
pub fn usual(code: &str) -> Vec<String> {
    let country = by_code(code);
    let known = EMERGENCY.iter().find(|(codes, _)| country.is_some() && codes.split(' ').any(|one| one == code));
    let numbers = match (known, country.map(|country| country.continent)) {
        (Some((_, numbers)), _) => numbers,
        (None, Some(Continent::Europe)) => "112",
        (None, Some(Continent::NorthAmerica)) => "911",
        _ => "112 911",
    };
    numbers.split(' ').map(str::to_owned).collect()
}

/// Countries and their emergency numbers.
const EMERGENCY: [(&str, &str); 44] = [
    ("AE", "997 998 999"),
    ("AR", "100 101 107 911"),
    ("AT", "112 122 133 144"),
    ("AU CC CX NF", "000 112"),
    ("BE", "100 101 112"),
    ("BO", "110 118 119"),
    ("BR", "190 192 193"),
    ("CH LI", "112 117 118 144"),
    ("CL", "131 132 133"),
    ("CN", "110 119 120"),
    ("CO", "123"),
    ("CZ SK", "112 150 155 158"),
    ("DE", "110 112"),
    ("EG", "122 123 180"),
    ("FR GF GP MQ RE YT PM BL MF", "15 17 18 112"),
    ("GB GG IE IM JE", "112 999"),
    ("GR", "100 112 166 199"),
    ("HK MO MY", "999"),
    ("HR", "112 192 193 194"),
    ("HU", "104 105 107 112"),
    ("ID", "110 112 118 119"),
    ("IL", "100 101 102 112"),
    ("IN", "100 101 102 108 112"),
    ("IT SM VA", "112 113 115 118"),
    ("JM", "110 119 911"),
    ("JP", "110 118 119"),
    ("KR", "112 119"),
    ("MA", "15 19"),
    ("NO SJ", "110 112 113"),
    ("NZ", "111"),
    ("PE", "105 106 116"),
    ("PH AS GU MP EC PY UY VE", "911"),
    ("PK", "15 16 115 1122"),
    ("PL", "112 997 998 999"),
    ("RS", "112 192 193 194"),
    ("BY KZ RU UA", "101 102 103 112"),
    ("SA", "911 997 998 999"),
    ("SG", "995 999"),
    ("SI", "112 113"),
    ("TH", "191 199 1669"),
    ("TR", "112"),
    ("TW", "110 119"),
    ("VN", "113 114 115"),
    ("ZA", "112 10111 10177"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country::COUNTRIES;

    // covers: EXT-10
    #[test]
    fn ext_10_each_country_has_emergency_numbers() {
        assert_eq!(usual("DE"), ["110", "112"]);
        assert_eq!(usual("US"), ["911"]);
        assert_eq!(usual("GB"), ["112", "999"]);
        assert_eq!(usual("AU"), ["000", "112"]);
        assert_eq!(usual("LU"), ["112"]);
        assert_eq!(usual(""), ["112", "911"]);
        assert!(COUNTRIES.iter().all(|country| !usual(country.code).is_empty()));
    }

    #[test]
    fn the_table_is_right() {
        for (codes, numbers) in EMERGENCY {
            assert!(codes.split(' ').all(|code| by_code(code).is_some()), "{codes}");
            assert!(numbers.split(' ').all(|number| number.bytes().all(|byte| byte.is_ascii_digit())), "{numbers}");
        }
    }
}
