//! The ways in.

use std::time::Duration;

use shared::Role;
use shared::account::{ChangePassword, CompleteSetup, GetSession, GetSetup, SignIn, SignInByLink, UpdateAccount};
use shared::extension::{CreateExtension, InviteExtension, UpdateExtension};
use shared::tenant::{CreateTenant, UpdateTenant};
use store::testing::each_database;

use crate::app::App;
use crate::world::{PASSWORD, World, admin_of};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn the_setup_link_makes_the_first_administrator_once() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut browser = app.browser();
        assert!(browser.call(GetSetup {}).await.unwrap().open);
        let token = app.store.create_setup_token(app.now(), Duration::from_secs(900)).await.unwrap();
        let form = |token: &str, password: &str| CompleteSetup {
            token: token.into(),
            name: "Ada".into(),
            email: "ada@provider.example".into(),
            password: password.into(),
        };
        let made_up = browser.call(form("made-up", PASSWORD)).await.unwrap_err();
        assert_eq!((made_up.status, made_up.code.as_str()), (410, "link_spent"));
        // covers: ACC-09
        let weak = browser.call(form(&token, "111111")).await.unwrap_err();
        assert_eq!((weak.status, weak.fields[0].field.as_str()), (422, "password"));

        let session = browser.call(form(&token, PASSWORD)).await.unwrap();
        assert_eq!(session.account.role, Role::Admin);
        assert!(!browser.call(GetSetup {}).await.unwrap().open);
        assert_eq!(browser.call(form(&token, PASSWORD)).await.unwrap_err().status, 409);
        let late = app.store.create_setup_token(app.now(), Duration::from_secs(900)).await.unwrap();
        assert_eq!(browser.call(form(&late, PASSWORD)).await.unwrap_err().status, 409, "a second administrator");
    })
    .await;
}

#[tokio::test]
async fn the_setup_link_works_for_fifteen_minutes() {
    each_database(|store| async move {
        let app = App::new(store);
        let token = app.store.create_setup_token(app.now(), Duration::from_secs(900)).await.unwrap();
        app.pass(Duration::from_secs(901));
        let form = CompleteSetup { token, name: "Ada".into(), email: "a@p.example".into(), password: PASSWORD.into() };
        assert_eq!(app.browser().call(form).await.unwrap_err().code, "link_spent");
    })
    .await;
}

#[tokio::test]
async fn acc_02_the_right_password_enters_and_a_wrong_one_gets_a_neutral_message() {
    each_database(|store| async move {
        let app = App::new(store);
        admin_of(&app).await;
        let mut browser = app.browser();
        // covers: ACC-04
        let session = browser.sign_in("Ada@Provider.example", PASSWORD).await.unwrap();
        assert_eq!((session.account.role, session.tenant, session.acting), (Role::Admin, None, false));
        assert_eq!(session.expires_at.seconds() - app.now().seconds(), 600);

        let wrong = app.browser().sign_in("ada@provider.example", "Wrong9Horse").await.unwrap_err();
        let nobody = app.browser().sign_in("nobody@provider.example", PASSWORD).await.unwrap_err();
        assert_eq!((wrong.status, wrong.code.as_str()), (401, "sign_in_failed"));
        assert_eq!(wrong, nobody, "nobody learns which addresses have accounts");
    })
    .await;
}

#[tokio::test]
async fn acc_01_each_kind_of_account_gets_its_role_and_tenant() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let admin = world.admin.call(GetSession {}).await.unwrap();
        assert_eq!((admin.account.role, admin.tenant), (Role::Admin, None));
        let boss = world.acme.boss.call(GetSession {}).await.unwrap();
        assert_eq!((boss.account.role, boss.account.extension_id), (Role::TenantAdmin, None));
        let alice = world.acme.alice.call(GetSession {}).await.unwrap();
        assert_eq!((alice.account.role, alice.account.extension_id), (Role::User, Some(world.acme.alice_extension.id)));
        let tenant = alice.tenant.unwrap();
        assert_eq!((tenant.domain.as_str(), tenant.time_zone.as_str()), ("acme.example", "Europe/Berlin"));
        assert!(!alice.acting);
    })
    .await;
}

// covers: ACC-08 (bent: per credential, never per address)
#[tokio::test]
async fn acc_08_five_failures_lock_the_credential_for_an_hour_and_nobody_else() {
    each_database(|store| async move {
        let app = App::new(store);
        admin_of(&app).await;
        let mut browser = app.browser();
        for _ in 0..5 {
            assert_eq!(browser.sign_in("ada@provider.example", "Wrong9Horse").await.unwrap_err().status, 401);
        }
        let locked = browser.ask(&SignIn { email: "ADA@provider.example".into(), password: PASSWORD.into() }).await;
        assert_eq!((locked.status.as_u16(), locked.problem().code.as_str()), (429, "sign_in_locked"));
        assert_eq!(locked.header("retry-after"), "3600");

        // The same address, another credential.
        for _ in 0..5 {
            let unknown = browser.sign_in("nobody@provider.example", PASSWORD).await.unwrap_err();
            assert_eq!(unknown.code, "sign_in_failed");
        }
        let unknown = browser.sign_in("nobody@provider.example", PASSWORD).await.unwrap_err();
        assert_eq!(unknown.code, "sign_in_locked", "made-up addresses lock alike, so that a lock tells nothing");

        app.pass(HOUR);
        browser.sign_in("ada@provider.example", PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn acc_08_a_volley_of_guesses_is_counted_shot_by_shot() {
    each_database(|store| async move {
        let app = App::new(store);
        admin_of(&app).await;
        let guesses = (0..12).map(|guess| {
            let mut browser = app.browser();
            tokio::spawn(async move {
                browser.sign_in("ada@provider.example", &format!("Wrong9Horse{guess}")).await.unwrap_err().status
            })
        });
        let mut statuses = Vec::new();
        for guess in guesses.collect::<Vec<_>>() {
            statuses.push(guess.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![401; 5], vec![429; 7]].concat());
    })
    .await;
}

#[tokio::test]
async fn acc_08_success_forgets_earlier_failures() {
    each_database(|store| async move {
        let app = App::new(store);
        admin_of(&app).await;
        let mut browser = app.browser();
        for _ in 0..3 {
            for _ in 0..4 {
                browser.sign_in("ada@provider.example", "Wrong9Horse").await.unwrap_err();
            }
            browser.sign_in("ada@provider.example", PASSWORD).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_one_time_link_works_once_and_in_time() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let invite = InviteExtension { extension_id: world.acme.bob_extension.id };
        let first = world.acme.boss.call(invite.clone()).await.unwrap();
        assert!(first.link.starts_with("http://pbx.test:8080/link#"), "{}", first.link);
        let mut bob = world.app.browser();
        bob.sign_in_by_link(&first.link).await.unwrap();
        let again = world.app.browser().sign_in_by_link(&first.link).await.unwrap_err();
        assert_eq!((again.status, again.code.as_str()), (410, "link_spent"));

        let second = world.acme.boss.call(invite).await.unwrap();
        world.app.pass(second.expires_at.since(world.app.now()) + Duration::from_secs(1));
        assert_eq!(world.app.browser().sign_in_by_link(&second.link).await.unwrap_err().code, "link_spent");
        for garbage in ["", "x", "' OR 1=1 --", &"x".repeat(10_000)] {
            let refused = world.app.browser().call(SignInByLink { token: garbage.into() }).await.unwrap_err();
            assert_eq!(refused.code, "link_spent");
        }
    })
    .await;
}

#[tokio::test]
async fn acc_05_a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut here = admin_of(&app).await;
        let mut elsewhere = app.browser();
        elsewhere.sign_in("ada@provider.example", PASSWORD).await.unwrap();
        let change = |current: &str, new: &str| ChangePassword { current: current.into(), new: new.into() };

        let wrong = here.call(change("Wrong9Horse", "Another9Horse")).await.unwrap_err();
        assert_eq!((wrong.status, wrong.fields[0].field.as_str()), (422, "current"));
        // covers: ACC-09
        let weak = here.call(change(PASSWORD, "111111")).await.unwrap_err();
        assert_eq!(weak.fields[0].field, "new");
        here.call(change(PASSWORD, "Another9Horse")).await.unwrap();

        here.call(GetSession {}).await.unwrap();
        assert_eq!(elsewhere.call(GetSession {}).await.unwrap_err().status, 401, "out at its next request");
        assert_eq!(elsewhere.refresh().await.unwrap_err().status, 401);
        assert_eq!(app.browser().sign_in("ada@provider.example", PASSWORD).await.unwrap_err().status, 401);
        app.browser().sign_in("ada@provider.example", "Another9Horse").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn acc_05_whoever_came_by_link_sets_the_first_password_without_an_old_one() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let form = ChangePassword { current: String::new(), new: "First9Password".into() };
        world.acme.alice.call(form).await.unwrap();
        let session = world.app.browser().sign_in("alice@acme.example", "First9Password").await.unwrap();
        assert!(session.account.has_password);
        let again = ChangePassword { current: String::new(), new: "Second9Password".into() };
        assert_eq!(world.acme.alice.call(again).await.unwrap_err().fields[0].field, "current");
    })
    .await;
}

#[tokio::test]
async fn acc_05_guessing_the_current_password_with_a_stolen_token_locks_too() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut thief = admin_of(&app).await;
        let guess = ChangePassword { current: "Wrong9Horse".into(), new: "Another9Horse".into() };
        for _ in 0..5 {
            assert_eq!(thief.call(guess.clone()).await.unwrap_err().status, 422);
        }
        assert_eq!(thief.call(guess).await.unwrap_err().code, "sign_in_locked");
    })
    .await;
}

#[tokio::test]
async fn acc_06_without_concurrent_sign_ins_the_older_session_is_out_at_its_next_request() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let mut options = world.acme.tenant.options;
        options.concurrent_sign_ins = false;
        let update = UpdateTenant { options: Some(options), ..UpdateTenant::new(world.acme.tenant.id) };
        world.admin.call(update).await.unwrap();

        let invite = InviteExtension { extension_id: world.acme.alice_extension.id };
        let link = world.acme.boss.call(invite).await.unwrap().link;
        world.acme.alice.call(GetSession {}).await.unwrap();
        let mut second = world.app.browser();
        second.sign_in_by_link(&link).await.unwrap();
        assert_eq!(world.acme.alice.call(GetSession {}).await.unwrap_err().status, 401);
        second.call(GetSession {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn t_07_a_suspended_tenant_is_told_so_and_taken_up_again() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let form = ChangePassword { current: String::new(), new: PASSWORD.into() };
        world.acme.boss.call(form).await.unwrap();
        let switch = |enabled| UpdateTenant { enabled: Some(enabled), ..UpdateTenant::new(world.acme.tenant.id) };
        world.admin.call(switch(false)).await.unwrap();

        for browser in [&mut world.acme.boss, &mut world.acme.alice] {
            let refused = browser.call(GetSession {}).await.unwrap_err();
            assert_eq!((refused.status, refused.code.as_str()), (403, "tenant_suspended"));
        }
        let refused = world.app.browser().sign_in(&world.acme.boss_email, PASSWORD).await.unwrap_err();
        assert_eq!(refused.code, "tenant_suspended");
        let wrong = world.app.browser().sign_in(&world.acme.boss_email, "Wrong9Horse").await.unwrap_err();
        assert_eq!(wrong.code, "sign_in_failed", "a stranger does not learn of the suspension");
        world.globex.boss.call(GetSession {}).await.unwrap();

        world.admin.call(switch(true)).await.unwrap();
        world.app.browser().sign_in(&world.acme.boss_email, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn ext_12_a_person_whose_extension_is_off_is_told_so() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let id = world.acme.alice_extension.id;
        world.acme.boss.call(UpdateExtension { enabled: Some(false), ..UpdateExtension::new(id) }).await.unwrap();
        let refused = world.acme.alice.call(GetSession {}).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "extension_disabled"));
        assert_eq!(world.acme.alice.refresh().await.unwrap_err().status, 401);
    })
    .await;
}

#[tokio::test]
async fn acc_04_an_address_is_taken_once_over_all_tenants() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let form = CreateExtension { number: "777".into(), name: "X".into(), email: Some("ALICE@acme.example".into()) };
        let refused = world.globex.boss.call(form).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (409, "email"));
        let form = CreateTenant {
            name: "Third".into(),
            domain: "third.example".into(),
            admin_email: "alice@acme.example".into(),
            ..CreateTenant::default()
        };
        let refused = world.admin.call(form).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (409, "admin_email"));
    })
    .await;
}

#[tokio::test]
async fn the_own_name_can_be_changed() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let account = world.acme.alice.call(UpdateAccount { name: "Alice Ä.".into() }).await.unwrap();
        assert_eq!(account.name, "Alice Ä.");
        let refused = world.acme.alice.call(UpdateAccount { name: "\r\n".into() }).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "name");
    })
    .await;
}
