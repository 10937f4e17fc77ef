//! What the browser's phone registers with (RTC-02).

use shared::account::CreatePhoneCredential;
use shared::extension::ResetSipSecret;
use shared::phone_credential::PhoneUser;
use store::testing::each_database;

use crate::app::PHONE_KEY;
use crate::world::World;

#[tokio::test]
async fn rtc_02_the_phone_gets_an_account_that_the_switch_can_check() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let ask = CreatePhoneCredential { device: "tab-1".into() };
        let phone = acme.alice.call(ask.clone()).await.unwrap();
        assert_eq!((phone.number.as_str(), phone.domain.as_str()), ("101", "acme.example"));
        assert_eq!(phone.display_name, "Alice of Acme");
        assert_eq!(phone.expires_at.seconds() - world.app.now().seconds(), 3_600);

        let user = PhoneUser::parse(&phone.user).unwrap();
        assert_eq!((user.number.as_str(), user.device.as_str()), ("101", "tab-1"));
        assert_eq!(user.secret(&PHONE_KEY, acme.tenant.id, acme.alice_extension.id), phone.secret);
        let plan = world.app.store.load_plan(acme.tenant.id).await.unwrap().unwrap();
        let planned = plan.extensions.iter().find(|row| row.extension.number == "101").unwrap();
        assert_eq!(user.epoch, planned.credential_epoch);

        acme.boss.call(ResetSipSecret { extension_id: acme.alice_extension.id }).await.unwrap();
        let later = acme.alice.call(ask).await.unwrap();
        assert!(PhoneUser::parse(&later.user).unwrap().epoch > user.epoch, "a new secret ends what was handed out");
        for device in ["", "a b", "a.b", &"x".repeat(33), "a\r\nb"] {
            let refused = acme.alice.call(CreatePhoneCredential { device: device.into() }).await.unwrap_err();
            assert_eq!(refused.fields[0].field, "device");
        }
    })
    .await;
}
