//! The provider's settings.

use std::time::Duration;

use shared::activity::ListAllActivity;
use shared::setting::{LogLevel, Settings, UpdateSettings};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error};

// covers: SET-01, LOG-02
#[tokio::test]
async fn set_01_settings_begin_with_their_defaults_and_a_change_says_what_was_and_what_is() {
    each_database(|store| async move {
        assert_eq!(store.get_settings().await.unwrap(), Settings::default());
        let mut changes = store.changes();
        let change = UpdateSettings {
            session_timer_seconds: Some(600),
            log_level: Some(LogLevel::Debug),
            prack: Some(false),
            ..UpdateSettings::default()
        };
        let after = store.update_settings(NOW, &actor(), &change).await.unwrap();
        assert_eq!(after.session_timer_seconds, 600);
        assert_eq!(store.get_settings().await.unwrap(), after);
        assert_eq!(changes.try_recv(), Ok(Change::SettingsChanged));

        let log = store.list_all_activity(&ListAllActivity::default()).await.unwrap();
        assert_eq!(log.rows[0].operation, "UpdateSettings");
        let changed: Vec<(&str, &str, &str)> = log.rows[0]
            .changes
            .iter()
            .map(|change| (change.field.as_str(), change.before.as_deref().unwrap(), change.after.as_deref().unwrap()))
            .collect();
        assert_eq!(changed, [("log_level", "information", "debug"), ("session_timer_seconds", "120", "600")]);
        assert_eq!((log.rows[0].subject.as_str(), log.rows[0].address.as_deref()), ("settings", Some("192.0.2.1")));

        // What changes nothing leaves no line and tells nobody.
        store.update_settings(NOW, &actor(), &UpdateSettings::all(after)).await.unwrap();
        assert_eq!(store.list_all_activity(&ListAllActivity::default()).await.unwrap().total, log.total);
        assert!(changes.try_recv().is_err());

        let back = store.update_settings(NOW, &actor(), &UpdateSettings::all(Settings::default())).await.unwrap();
        assert_eq!(back, Settings::default());
    })
    .await;
}

// covers: SET-20
#[tokio::test]
async fn set_20_a_change_is_checked_with_what_stands_beside_it() {
    each_database(|store| async move {
        let change = UpdateSettings { rtp_port_first: Some(64_999), ..UpdateSettings::default() };
        let refused = store.update_settings(NOW, &actor(), &change).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(fields) if fields[0].field == "rtp_port_last"), "{refused:?}");
        assert_eq!(store.get_settings().await.unwrap(), Settings::default());
    })
    .await;
}

#[tokio::test]
async fn a_change_is_live_when_each_follower_has_taken_it_over_and_those_that_are_gone_hold_nobody_up() {
    each_database(|store| async move {
        let is_live = || tokio::time::timeout(Duration::ZERO, store.until_live());
        let shorter = UpdateSettings { session_timer_seconds: Some(600), ..UpdateSettings::default() };
        store.update_settings(NOW, &actor(), &shorter).await.unwrap();
        assert!(is_live().await.is_ok(), "nobody follows");

        let (mut first, second) = (store.follow(), store.follow());
        assert!(is_live().await.is_ok(), "they follow from now on");
        store.update_settings(NOW, &actor(), &UpdateSettings::all(Settings::default())).await.unwrap();
        assert!(is_live().await.is_err());
        assert_eq!(first.next().await, Ok(Some(Change::SettingsChanged)));
        assert!(is_live().await.is_err(), "heard is not taken over");
        first.taken();
        assert!(is_live().await.is_err(), "the other has not");
        drop(second);
        assert!(is_live().await.is_ok());
    })
    .await;
}
