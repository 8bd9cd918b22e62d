//! Decides what is shown of a server's refusal. Its text may quote its arguments, and an argument may be a row's value:
//! so a text is shown only if its number is listed here, and of any other the number alone.

/// Numbers of which the text holds names, numbers, types and words of the statement, in MySQL 9.7 and MariaDB 10.11 and
/// 11.8 alike. The templates are in `errmsg.sys` of each server; `perror N` prints MySQL's.
///
/// Not listed are texts with `%s` for a value: functions that quote an argument (1300, 1411, 1772, 3037, 3141, 3548,
/// 3617, 3731), user-defined ones (1644), and those that name an account, which is a Secret's (1044, 1045, 1142).
const NAMES_ONLY: [u16; 251] = [
    // Files, storage and resources.
    1005, 1022, 1025, 1030, 1034, 1036, 1037, 1038, 1040, 1041, 1043, 1046, 1047, 1053, 1114, 1129, 1130, 1152, 1158,
    1159, 1160, 1161, 1184, 1205, 1206, 1213, 1223, 1227, 1286, 1290, 1317, 1412, 1637, 1689, 1713, 1725, 1792, 1836,
    1862, 1874, 1932, 1969, 1998, 3024, 3032, 3159, 3168, 3169, 3572, 4151,
    // Statements, and the names in them.
    1048, 1049, 1050, 1051, 1052, 1054, 1055, 1059, 1060, 1061, 1064, 1066, 1067, 1068, 1069, 1070, 1071, 1072, 1074,
    1075, 1089, 1090, 1091, 1095, 1101, 1103, 1110, 1111, 1113, 1115, 1117, 1118, 1120, 1121, 1128, 1138, 1146, 1163,
    1166, 1170, 1171, 1176, 1178, 1210, 1214, 1215, 1217, 1221, 1222, 1235, 1239, 1241, 1242, 1248, 1252, 1253, 1264,
    1265, 1267, 1273, 1280, 1283, 1291, 1294, 1305, 1347, 1356, 1364, 1391, 1406, 1416, 1419, 1425, 1426, 1427, 1439,
    1451, 1452, 1467, 1478, 1553, 1628, 1629, 1674, 1687, 1688, 1709, // Partitions.
    1479, 1480, 1481, 1486, 1488, 1491, 1493, 1494, 1495, 1499, 1502, 1503, 1504, 1506, 1507, 1508, 1512, 1515, 1517,
    1563, 1564, 1567, 1654, 1659, 1697, 1731, 1735,
    // Later ones. Those of MySQL and MariaDB differ from 1900 and 3000 on.
    1822, 1824, 1825, 1826, 1828, 1829, 1830, 1832, 1833, 1834, 1845, 1846, 1901, 1903, 1904, 1905, 1906, 1907, 1910,
    1911, 1912, 1978, 3102, 3103, 3104, 3105, 3106, 3107, 3108, 3109, 3152, 3185, 3522, 3643, 3728, 3730, 3734, 3750,
    3751, 3753, 3754, 3756, 3757, 3758, 3760, 3762, 3763, 3766, 3770, 3772, 3773, 3776, 3780, 3800, 3811, 3812, 3813,
    3814, 3815, 3816, 3818, 3819, 3820, 3821, 3822, 3823, 3837, 3855, 3940, 3959, 4025, 4026, 4028, 4029, 4078, 4079,
    4092, 4097, 4098, 4108, 4110, 4111, 4155, 4159, 4161, 6123, 6125,
];

/// Returns what may be shown of a refusal.
pub fn public_message(number: u16, message: &str) -> String {
    let words = match number {
        1045 | 1698 | 3118 | 3955 => "the server does not accept this user and password".to_owned(),
        1203 | 1226 => "the server takes no more from this user for now".to_owned(),
        // "SELECT command denied to user 'USER'@'HOST' for table 'NAME'"
        1142 | 1143 | 1370 => denied(message, " for "),
        // "Access denied for user 'USER'@'HOST' to database 'NAME'"
        1044 => denied(message, " to "),
        // "Duplicate entry 'VALUE' for key 'table.key'"
        1062 | 1586 => match message.rsplit_once(" for key ") {
            Some((_, key)) => format!("there are rows with the same value for key {key}"),
            None => "there are rows with the same value for a unique key".to_owned(),
        },
        // 1526 is "Table has no partition for value VALUE".
        1526 => "there are rows that no partition would take (value not shown)".to_owned(),
        1292 | 1366 => withheld(message),
        1690 => "a value is out of range (value not shown)".to_owned(),
        number if NAMES_ONLY.contains(&number) => message.to_owned(),
        _ => return format!("error {number}; its text is not shown, since it can quote rows"),
    };
    format!("{words} (error {number})")
}

/// Cuts the account out of a message: keeps what is denied, and of which object. An object's own name may hold the
/// words; then less of it is shown, and never the account.
fn denied(message: &str, before_object: &str) -> String {
    let what = message.split_once(" to user ").map_or("access", |(what, _)| what);
    let what = if what.starts_with("Access denied") { "access" } else { what };
    let what = what.strip_suffix(" denied").unwrap_or(what);
    match message.rsplit_once(before_object) {
        Some((_, object)) if !object.contains('@') => format!("{what} denied{before_object}{object}"),
        _ => format!("{what} denied"),
    }
}

/// Cuts the value out of a message such as `Incorrect integer value: 'VALUE' for column 'NAME' at row 3`. One that ends
/// otherwise names no column, and the value may hold the words.
fn withheld(message: &str) -> String {
    let before = message.split('\'').next().unwrap_or_default().trim_end_matches([' ', ':']);
    let names_column = message.rsplit_once(" at row ").is_some_and(|(_, row)| row.parse::<u64>().is_ok());
    match message.rsplit_once(" for column ") {
        Some((_, column)) if names_column => format!("{before} (value not shown) for column {column}"),
        _ => format!("{before} (value not shown)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_is_reported_without_its_value() {
        let message = public_message(1062, "Duplicate entry 'alice's token for key' for key 'user.ix_user_api_token'");
        assert_eq!(message, "there are rows with the same value for key 'user.ix_user_api_token' (error 1062)");
    }

    #[test]
    fn a_bad_conversion_is_reported_without_its_value() {
        let message = public_message(1366, "Incorrect integer value: 'hunter2' for column 'age' at row 3");
        assert_eq!(message, "Incorrect integer value (value not shown) for column 'age' at row 3 (error 1366)");
        for value in ["hunter2", "x for column hunter2", "x' for column 'hunter2' at row 3"] {
            let message = public_message(1292, &format!("Truncated incorrect DOUBLE value: '{value}'"));
            assert_eq!(message, "Truncated incorrect DOUBLE value (value not shown) (error 1292)");
        }
    }

    #[test]
    fn names_stay_in_the_message() {
        let message = public_message(1054, "Unknown column 'user.api_token' in 'field list'");
        assert_eq!(message, "Unknown column 'user.api_token' in 'field list' (error 1054)");
    }

    #[test]
    fn a_text_of_an_unlisted_number_is_not_shown() {
        for number in [1105, 1300, 1411, 1644, 1772, 3037, 3141, 3548, 3617, 3731, 4188, u16::MAX] {
            let message = public_message(number, "malformed: 'hunter2'");
            assert_eq!(message, format!("error {number}; its text is not shown, since it can quote rows"));
        }
    }

    #[test]
    fn an_account_is_cut_out() {
        let of_server = [
            (1044, "Access denied for user 'hunter2'@'10.0.0.3' to database 'app'", "access denied to database 'app'"),
            (1045, "Access denied for user 'hunter2'@'10.0.0.3' (using password: YES)", "the server does not accept"),
            (
                1142,
                "SELECT command denied to user 'hunter2'@'%' for table 'user'",
                "SELECT command denied for table 'user'",
            ),
            (1142, "SELECT command denied to user 'hunter2 for x'@'%'", "SELECT command denied"),
            (1370, "execute command denied to user ''@'h' for routine 'a.f'", "execute command denied for routine"),
            (1226, "User 'hunter2' has exceeded the 'max_questions' resource", "the server takes no more"),
        ];
        for (number, text, expected) in of_server {
            let message = public_message(number, text);
            assert!(message.starts_with(expected) && !message.contains("hunter2"), "{message}");
        }
    }
}
