//! Countries and the telephone numbers that are theirs (E164-01): ISO 3166-1 alpha-2, E.164 codes, and where several countries
//! share a code the digits that tell them apart: area codes of the North American numbering plan, islands behind +44, +7 of
//! Kazakhstan. What is behind a code and claimed by no other belongs to the country that has the bare code.
//!
//! The four territories of ISO 3166-1 that have no telephone numbers (BV, HM, TF, UM) are not in the table. Codes from ISO's
//! user-assigned range stand for what is no country: `XK` is Kosovo, the others under [`Continent::Elsewhere`] are services
//! that are dialled like a country, so that they can be allowed or, much better, not.

/// Where a country is, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Continent {
    /// Africa.
    Africa,
    /// Asia.
    Asia,
    /// Europe.
    Europe,
    /// North America, Central America and the Caribbean.
    NorthAmerica,
    /// South America.
    SouthAmerica,
    /// Australia and the Pacific.
    Oceania,
    /// Nowhere on a map of countries: satellites, services, Antarctica.
    Elsewhere,
}

impl Continent {
    /// All of them, in the order of a list.
    pub const ALL: [Self; 7] = [
        Self::Africa,
        Self::Asia,
        Self::Europe,
        Self::NorthAmerica,
        Self::SouthAmerica,
        Self::Oceania,
        Self::Elsewhere,
    ];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Africa => "Africa",
            Self::Asia => "Asia",
            Self::Europe => "Europe",
            Self::NorthAmerica => "North America",
            Self::SouthAmerica => "South America",
            Self::Oceania => "Oceania",
            Self::Elsewhere => "Satellites and services",
        }
    }
}

/// A country, or what is dialled like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// Its name in English.
    pub name: &'static str,
    /// Where it is.
    pub continent: Continent,
    /// What its E.164 numbers begin with, without `+`, apart by spaces.
    prefixes: &'static str,
}

impl Country {
    /// What its E.164 numbers begin with, without `+`.
    pub fn prefixes(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.prefixes.split(' ')
    }

    /// The E.164 country code, which it may share with others: `1`, `44`, `262`.
    pub fn calling_code(&self) -> &'static str {
        let first = self.prefixes().next().unwrap_or_default();
        let digits = match first.as_bytes() {
            [b'1' | b'7', ..] => 1,
            [first, second, ..] if has_two_digits(*first, *second) => 2,
            _ => 3,
        };
        first.get(..digits).unwrap_or(first)
    }

    /// Can somebody be at home there?
    pub fn is_home(&self) -> bool {
        self.continent != Continent::Elsewhere
    }
}

/// Is it a code of two digits (ITU-T E.164, list of assigned codes)?
const fn has_two_digits(first: u8, second: u8) -> bool {
    match first {
        b'2' => matches!(second, b'0' | b'7'),
        b'3' => !matches!(second, b'5' | b'7' | b'8'),
        b'4' => !matches!(second, b'2'),
        b'5' => !matches!(second, b'0' | b'9'),
        b'6' => !matches!(second, b'7' | b'8' | b'9'),
        b'8' => matches!(second, b'1' | b'2' | b'4' | b'6'),
        b'9' => !matches!(second, b'6' | b'7' | b'9'),
        _ => false,
    }
}

/// The country of a code such as `DE`.
pub fn by_code(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

/// Whose is this E.164 number, digits without `+`? The longest match; several where they share it, none where nobody has it.
pub fn of_number(digits: &str) -> Vec<&'static Country> {
    let mut longest = 0;
    let mut found = Vec::new();
    for country in &COUNTRIES {
        let fitting = country.prefixes().filter(|prefix| digits.starts_with(prefix)).map(str::len).max();
        match fitting {
            Some(length) if length > longest => {
                longest = length;
                found = vec![country];
            }
            Some(length) if length == longest => found.push(country),
            _ => {}
        }
    }
    found
}

const fn row(code: &'static str, name: &'static str, continent: Continent, prefixes: &'static str) -> Country {
    Country { code, name, continent, prefixes }
}

/// Canada's area codes; what else begins with 1 and is no island's is taken for the United States.
const CANADA: &str = "1204 1226 1236 1249 1250 1257 1263 1289 1306 1343 1354 1365 1367 1368 1382 1403 1416 1418 1428 1431 \
     1437 1438 1450 1460 1468 1474 1506 1514 1519 1548 1579 1581 1584 1587 1600 1604 1613 1622 1633 1639 \
     1644 1647 1655 1672 1677 1683 1688 1705 1709 1742 1753 1778 1780 1782 1807 1819 1825 1867 1873 1879 \
     1902 1905 1942";

/// All of them, by continent and code.
pub const COUNTRIES: [Country; 251] = [
    row("AO", "Angola", Continent::Africa, "244"),
    row("BF", "Burkina Faso", Continent::Africa, "226"),
    row("BI", "Burundi", Continent::Africa, "257"),
    row("BJ", "Benin", Continent::Africa, "229"),
    row("BW", "Botswana", Continent::Africa, "267"),
    row("CD", "Congo, Democratic Republic", Continent::Africa, "243"),
    row("CF", "Central African Republic", Continent::Africa, "236"),
    row("CG", "Congo", Continent::Africa, "242"),
    row("CI", "Côte d’Ivoire", Continent::Africa, "225"),
    row("CM", "Cameroon", Continent::Africa, "237"),
    row("CV", "Cape Verde", Continent::Africa, "238"),
    row("DJ", "Djibouti", Continent::Africa, "253"),
    row("DZ", "Algeria", Continent::Africa, "213"),
    row("EG", "Egypt", Continent::Africa, "20"),
    row("EH", "Western Sahara", Continent::Africa, "2125288 2125289"),
    row("ER", "Eritrea", Continent::Africa, "291"),
    row("ET", "Ethiopia", Continent::Africa, "251"),
    row("GA", "Gabon", Continent::Africa, "241"),
    row("GH", "Ghana", Continent::Africa, "233"),
    row("GM", "Gambia", Continent::Africa, "220"),
    row("GN", "Guinea", Continent::Africa, "224"),
    row("GQ", "Equatorial Guinea", Continent::Africa, "240"),
    row("GW", "Guinea-Bissau", Continent::Africa, "245"),
    row("IO", "British Indian Ocean Territory", Continent::Africa, "246"),
    row("KE", "Kenya", Continent::Africa, "254"),
    row("KM", "Comoros", Continent::Africa, "269"),
    row("LR", "Liberia", Continent::Africa, "231"),
    row("LS", "Lesotho", Continent::Africa, "266"),
    row("LY", "Libya", Continent::Africa, "218"),
    row("MA", "Morocco", Continent::Africa, "212"),
    row("MG", "Madagascar", Continent::Africa, "261"),
    row("ML", "Mali", Continent::Africa, "223"),
    row("MR", "Mauritania", Continent::Africa, "222"),
    row("MU", "Mauritius", Continent::Africa, "230"),
    row("MW", "Malawi", Continent::Africa, "265"),
    row("MZ", "Mozambique", Continent::Africa, "258"),
    row("NA", "Namibia", Continent::Africa, "264"),
    row("NE", "Niger", Continent::Africa, "227"),
    row("NG", "Nigeria", Continent::Africa, "234"),
    row("RE", "Réunion", Continent::Africa, "262"),
    row("RW", "Rwanda", Continent::Africa, "250"),
    row("SC", "Seychelles", Continent::Africa, "248"),
    row("SD", "Sudan", Continent::Africa, "249"),
    row("SH", "Saint Helena, Ascension and Tristan da Cunha", Continent::Africa, "290 247"),
    row("SL", "Sierra Leone", Continent::Africa, "232"),
    row("SN", "Senegal", Continent::Africa, "221"),
    row("SO", "Somalia", Continent::Africa, "252"),
    row("SS", "South Sudan", Continent::Africa, "211"),
    row("ST", "São Tomé and Príncipe", Continent::Africa, "239"),
    row("SZ", "Eswatini", Continent::Africa, "268"),
    row("TD", "Chad", Continent::Africa, "235"),
    row("TG", "Togo", Continent::Africa, "228"),
    row("TN", "Tunisia", Continent::Africa, "216"),
    row("TZ", "Tanzania", Continent::Africa, "255"),
    row("UG", "Uganda", Continent::Africa, "256"),
    row("YT", "Mayotte", Continent::Africa, "262269 262639"),
    row("ZA", "South Africa", Continent::Africa, "27"),
    row("ZM", "Zambia", Continent::Africa, "260"),
    row("ZW", "Zimbabwe", Continent::Africa, "263"),
    row("AE", "United Arab Emirates", Continent::Asia, "971"),
    row("AF", "Afghanistan", Continent::Asia, "93"),
    row("AM", "Armenia", Continent::Asia, "374"),
    row("AZ", "Azerbaijan", Continent::Asia, "994"),
    row("BD", "Bangladesh", Continent::Asia, "880"),
    row("BH", "Bahrain", Continent::Asia, "973"),
    row("BN", "Brunei", Continent::Asia, "673"),
    row("BT", "Bhutan", Continent::Asia, "975"),
    row("CN", "China", Continent::Asia, "86"),
    row("CY", "Cyprus", Continent::Asia, "357"),
    row("GE", "Georgia", Continent::Asia, "995"),
    row("HK", "Hong Kong", Continent::Asia, "852"),
    row("ID", "Indonesia", Continent::Asia, "62"),
    row("IL", "Israel", Continent::Asia, "972"),
    row("IN", "India", Continent::Asia, "91"),
    row("IQ", "Iraq", Continent::Asia, "964"),
    row("IR", "Iran", Continent::Asia, "98"),
    row("JO", "Jordan", Continent::Asia, "962"),
    row("JP", "Japan", Continent::Asia, "81"),
    row("KG", "Kyrgyzstan", Continent::Asia, "996"),
    row("KH", "Cambodia", Continent::Asia, "855"),
    row("KP", "Korea, North", Continent::Asia, "850"),
    row("KR", "Korea, South", Continent::Asia, "82"),
    row("KW", "Kuwait", Continent::Asia, "965"),
    row("KZ", "Kazakhstan", Continent::Asia, "76 77 997"),
    row("LA", "Laos", Continent::Asia, "856"),
    row("LB", "Lebanon", Continent::Asia, "961"),
    row("LK", "Sri Lanka", Continent::Asia, "94"),
    row("MM", "Myanmar", Continent::Asia, "95"),
    row("MN", "Mongolia", Continent::Asia, "976"),
    row("MO", "Macao", Continent::Asia, "853"),
    row("MV", "Maldives", Continent::Asia, "960"),
    row("MY", "Malaysia", Continent::Asia, "60"),
    row("NP", "Nepal", Continent::Asia, "977"),
    row("OM", "Oman", Continent::Asia, "968"),
    row("PH", "Philippines", Continent::Asia, "63"),
    row("PK", "Pakistan", Continent::Asia, "92"),
    row("PS", "Palestine", Continent::Asia, "970"),
    row("QA", "Qatar", Continent::Asia, "974"),
    row("SA", "Saudi Arabia", Continent::Asia, "966"),
    row("SG", "Singapore", Continent::Asia, "65"),
    row("SY", "Syria", Continent::Asia, "963"),
    row("TH", "Thailand", Continent::Asia, "66"),
    row("TJ", "Tajikistan", Continent::Asia, "992"),
    row("TL", "Timor-Leste", Continent::Asia, "670"),
    row("TM", "Turkmenistan", Continent::Asia, "993"),
    row("TR", "Türkiye", Continent::Asia, "90"),
    row("TW", "Taiwan", Continent::Asia, "886"),
    row("UZ", "Uzbekistan", Continent::Asia, "998"),
    row("VN", "Vietnam", Continent::Asia, "84"),
    row("YE", "Yemen", Continent::Asia, "967"),
    row("AD", "Andorra", Continent::Europe, "376"),
    row("AL", "Albania", Continent::Europe, "355"),
    row("AT", "Austria", Continent::Europe, "43"),
    row("AX", "Åland Islands", Continent::Europe, "35818"),
    row("BA", "Bosnia and Herzegovina", Continent::Europe, "387"),
    row("BE", "Belgium", Continent::Europe, "32"),
    row("BG", "Bulgaria", Continent::Europe, "359"),
    row("BY", "Belarus", Continent::Europe, "375"),
    row("CH", "Switzerland", Continent::Europe, "41"),
    row("CZ", "Czechia", Continent::Europe, "420"),
    row("DE", "Germany", Continent::Europe, "49"),
    row("DK", "Denmark", Continent::Europe, "45"),
    row("EE", "Estonia", Continent::Europe, "372"),
    row("ES", "Spain", Continent::Europe, "34"),
    row("FI", "Finland", Continent::Europe, "358"),
    row("FO", "Faroe Islands", Continent::Europe, "298"),
    row("FR", "France", Continent::Europe, "33"),
    row("GB", "United Kingdom", Continent::Europe, "44"),
    row("GG", "Guernsey", Continent::Europe, "441481 447781 447839 4479111 4479117"),
    row("GI", "Gibraltar", Continent::Europe, "350"),
    row("GR", "Greece", Continent::Europe, "30"),
    row("HR", "Croatia", Continent::Europe, "385"),
    row("HU", "Hungary", Continent::Europe, "36"),
    row("IE", "Ireland", Continent::Europe, "353"),
    row("IM", "Isle of Man", Continent::Europe, "441624 4474576 447524 447624 447924"),
    row("IS", "Iceland", Continent::Europe, "354"),
    row("IT", "Italy", Continent::Europe, "39"),
    row("JE", "Jersey", Continent::Europe, "441534 447509 4477003 4477007 4477008 447797 447829 447937"),
    row("LI", "Liechtenstein", Continent::Europe, "423"),
    row("LT", "Lithuania", Continent::Europe, "370"),
    row("LU", "Luxembourg", Continent::Europe, "352"),
    row("LV", "Latvia", Continent::Europe, "371"),
    row("MC", "Monaco", Continent::Europe, "377"),
    row("MD", "Moldova", Continent::Europe, "373"),
    row("ME", "Montenegro", Continent::Europe, "382"),
    row("MK", "North Macedonia", Continent::Europe, "389"),
    row("MT", "Malta", Continent::Europe, "356"),
    row("NL", "Netherlands", Continent::Europe, "31"),
    row("NO", "Norway", Continent::Europe, "47"),
    row("PL", "Poland", Continent::Europe, "48"),
    row("PT", "Portugal", Continent::Europe, "351"),
    row("RO", "Romania", Continent::Europe, "40"),
    row("RS", "Serbia", Continent::Europe, "381"),
    row("RU", "Russia", Continent::Europe, "7"),
    row("SE", "Sweden", Continent::Europe, "46"),
    row("SI", "Slovenia", Continent::Europe, "386"),
    row("SJ", "Svalbard and Jan Mayen", Continent::Europe, "4779"),
    row("SK", "Slovakia", Continent::Europe, "421"),
    row("SM", "San Marino", Continent::Europe, "378"),
    row("UA", "Ukraine", Continent::Europe, "380"),
    row("VA", "Vatican City", Continent::Europe, "3906698 379"),
    row("XK", "Kosovo", Continent::Europe, "383"),
    row("AG", "Antigua and Barbuda", Continent::NorthAmerica, "1268"),
    row("AI", "Anguilla", Continent::NorthAmerica, "1264"),
    row("AW", "Aruba", Continent::NorthAmerica, "297"),
    row("BB", "Barbados", Continent::NorthAmerica, "1246"),
    row("BL", "Saint Barthélemy", Continent::NorthAmerica, "590"),
    row("BM", "Bermuda", Continent::NorthAmerica, "1441"),
    row("BQ", "Bonaire, Sint Eustatius and Saba", Continent::NorthAmerica, "5993 5994 5997"),
    row("BS", "Bahamas", Continent::NorthAmerica, "1242"),
    row("BZ", "Belize", Continent::NorthAmerica, "501"),
    row("CA", "Canada", Continent::NorthAmerica, CANADA),
    row("CR", "Costa Rica", Continent::NorthAmerica, "506"),
    row("CU", "Cuba", Continent::NorthAmerica, "53"),
    row("CW", "Curaçao", Continent::NorthAmerica, "5999"),
    row("DM", "Dominica", Continent::NorthAmerica, "1767"),
    row("DO", "Dominican Republic", Continent::NorthAmerica, "1809 1829 1849"),
    row("GD", "Grenada", Continent::NorthAmerica, "1473"),
    row("GL", "Greenland", Continent::NorthAmerica, "299"),
    row("GP", "Guadeloupe", Continent::NorthAmerica, "590"),
    row("GT", "Guatemala", Continent::NorthAmerica, "502"),
    row("HN", "Honduras", Continent::NorthAmerica, "504"),
    row("HT", "Haiti", Continent::NorthAmerica, "509"),
    row("JM", "Jamaica", Continent::NorthAmerica, "1658 1876"),
    row("KN", "Saint Kitts and Nevis", Continent::NorthAmerica, "1869"),
    row("KY", "Cayman Islands", Continent::NorthAmerica, "1345"),
    row("LC", "Saint Lucia", Continent::NorthAmerica, "1758"),
    row("MF", "Saint Martin", Continent::NorthAmerica, "590"),
    row("MQ", "Martinique", Continent::NorthAmerica, "596"),
    row("MS", "Montserrat", Continent::NorthAmerica, "1664"),
    row("MX", "Mexico", Continent::NorthAmerica, "52"),
    row("NI", "Nicaragua", Continent::NorthAmerica, "505"),
    row("PA", "Panama", Continent::NorthAmerica, "507"),
    row("PM", "Saint Pierre and Miquelon", Continent::NorthAmerica, "508"),
    row("PR", "Puerto Rico", Continent::NorthAmerica, "1787 1939"),
    row("SV", "El Salvador", Continent::NorthAmerica, "503"),
    row("SX", "Sint Maarten", Continent::NorthAmerica, "1721"),
    row("TC", "Turks and Caicos Islands", Continent::NorthAmerica, "1649"),
    row("TT", "Trinidad and Tobago", Continent::NorthAmerica, "1868"),
    row("US", "United States", Continent::NorthAmerica, "1"),
    row("VC", "Saint Vincent and the Grenadines", Continent::NorthAmerica, "1784"),
    row("VG", "Virgin Islands, British", Continent::NorthAmerica, "1284"),
    row("VI", "Virgin Islands, U.S.", Continent::NorthAmerica, "1340"),
    row("AR", "Argentina", Continent::SouthAmerica, "54"),
    row("BO", "Bolivia", Continent::SouthAmerica, "591"),
    row("BR", "Brazil", Continent::SouthAmerica, "55"),
    row("CL", "Chile", Continent::SouthAmerica, "56"),
    row("CO", "Colombia", Continent::SouthAmerica, "57"),
    row("EC", "Ecuador", Continent::SouthAmerica, "593"),
    row("FK", "Falkland Islands", Continent::SouthAmerica, "500"),
    row("GF", "French Guiana", Continent::SouthAmerica, "594"),
    row("GS", "South Georgia and the South Sandwich Islands", Continent::SouthAmerica, "500"),
    row("GY", "Guyana", Continent::SouthAmerica, "592"),
    row("PE", "Peru", Continent::SouthAmerica, "51"),
    row("PY", "Paraguay", Continent::SouthAmerica, "595"),
    row("SR", "Suriname", Continent::SouthAmerica, "597"),
    row("UY", "Uruguay", Continent::SouthAmerica, "598"),
    row("VE", "Venezuela", Continent::SouthAmerica, "58"),
    row("AS", "American Samoa", Continent::Oceania, "1684"),
    row("AU", "Australia", Continent::Oceania, "61"),
    row("CC", "Cocos (Keeling) Islands", Continent::Oceania, "6189162"),
    row("CK", "Cook Islands", Continent::Oceania, "682"),
    row("CX", "Christmas Island", Continent::Oceania, "6189164"),
    row("FJ", "Fiji", Continent::Oceania, "679"),
    row("FM", "Micronesia", Continent::Oceania, "691"),
    row("GU", "Guam", Continent::Oceania, "1671"),
    row("KI", "Kiribati", Continent::Oceania, "686"),
    row("MH", "Marshall Islands", Continent::Oceania, "692"),
    row("MP", "Northern Mariana Islands", Continent::Oceania, "1670"),
    row("NC", "New Caledonia", Continent::Oceania, "687"),
    row("NF", "Norfolk Island", Continent::Oceania, "6723"),
    row("NR", "Nauru", Continent::Oceania, "674"),
    row("NU", "Niue", Continent::Oceania, "683"),
    row("NZ", "New Zealand", Continent::Oceania, "64"),
    row("PF", "French Polynesia", Continent::Oceania, "689"),
    row("PG", "Papua New Guinea", Continent::Oceania, "675"),
    row("PN", "Pitcairn", Continent::Oceania, "64"),
    row("PW", "Palau", Continent::Oceania, "680"),
    row("SB", "Solomon Islands", Continent::Oceania, "677"),
    row("TK", "Tokelau", Continent::Oceania, "690"),
    row("TO", "Tonga", Continent::Oceania, "676"),
    row("TV", "Tuvalu", Continent::Oceania, "688"),
    row("VU", "Vanuatu", Continent::Oceania, "678"),
    row("WF", "Wallis and Futuna", Continent::Oceania, "681"),
    row("WS", "Samoa", Continent::Oceania, "685"),
    row("AQ", "Antarctica", Continent::Elsewhere, "6721"),
    row("XF", "International freephone", Continent::Elsewhere, "800"),
    row("XN", "International networks", Continent::Elsewhere, "882 883"),
    row("XP", "International premium rate", Continent::Elsewhere, "979"),
    row("XS", "Satellite telephones", Continent::Elsewhere, "870 881"),
    row("XU", "International shared cost and personal numbers", Continent::Elsewhere, "808 878"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn codes(digits: &str) -> Vec<&'static str> {
        of_number(digits).into_iter().map(|country| country.code).collect()
    }

    // covers: E164-01
    #[test]
    fn e164_01_the_longest_match_finds_the_country() {
        for (digits, country) in [
            ("2012345678", "EG"),
            ("12125550100", "US"),
            ("14165550100", "CA"),
            ("18765550100", "JM"),
            ("18095550100", "DO"),
            ("17875550100", "PR"),
            ("18005550100", "US"),
            ("4930123456", "DE"),
            ("442079460000", "GB"),
            ("441481256789", "GG"),
            ("447781123456", "GG"),
            ("74951234567", "RU"),
            ("77271234567", "KZ"),
            ("390612345678", "IT"),
            ("390669812345", "VA"),
            ("4779123456", "SJ"),
            ("35818123456", "AX"),
            ("262269123456", "YT"),
            ("262262123456", "RE"),
            ("5999123456", "CW"),
            ("5997123456", "BQ"),
            ("21252881234", "EH"),
            ("88216123456", "XN"),
            ("881612345678", "XS"),
            ("97912345678", "XP"),
        ] {
            assert_eq!(codes(digits), [country], "{digits}");
        }
        assert_eq!(codes("590590123456"), ["BL", "GP", "MF"], "who shares a code is named together");
        for nobody in ["", "0", "999123", "2101234", "x"] {
            assert_eq!(codes(nobody), Vec::<&str>::new(), "{nobody}");
        }
    }

    #[test]
    fn the_table_is_whole_and_each_code_stands_once() {
        let codes: BTreeSet<&str> = COUNTRIES.iter().map(|country| country.code).collect();
        assert_eq!(codes.len(), COUNTRIES.len());
        for country in &COUNTRIES {
            let Country { code, name, .. } = country;
            assert!(code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()), "{code}");
            assert!(!name.is_empty(), "{code}");
            for prefix in country.prefixes() {
                assert!(
                    (1..=7).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit()),
                    "{code} {prefix}"
                );
                assert!(of_number(&format!("{prefix}000000")).contains(&country), "{code} {prefix}");
            }
        }
    }

    #[test]
    fn a_calling_code_has_one_to_three_digits() {
        for (code, calling) in [
            ("US", "1"),
            ("JM", "1"),
            ("KZ", "7"),
            ("DE", "49"),
            ("JE", "44"),
            ("SJ", "47"),
            ("CZ", "420"),
            ("AX", "358"),
            ("YT", "262"),
            ("CW", "599"),
            ("IL", "972"),
            ("EH", "212"),
            ("CX", "61"),
            ("NF", "672"),
        ] {
            assert_eq!(by_code(code).unwrap().calling_code(), calling, "{code}");
        }
    }
}
