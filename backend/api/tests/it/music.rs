//! Music on hold: prompts of the tenant, which stay as long as they are played (MOH-01 to MOH-04).

use serde_json::json;
use shared::activity::{ListActivity, UndoActivity};
use shared::music::{GetMusicOnHold, MusicMode, MusicOnHold, UpdateMusicOnHold};
use shared::prompt::{CreatePrompt, DeletePrompt, Prompt};
use shared::{Method, SoundId};
use store::testing::each_database;

use crate::app::Browser;
use crate::world::{World, tone_wav};

async fn bring(boss: &mut Browser, name: &str) -> Prompt {
    use base64::Engine;
    let sound = base64::engine::general_purpose::STANDARD.encode(tone_wav());
    boss.call(CreatePrompt { name: name.into(), sound }).await.unwrap()
}

// covers: MOH-01, MOH-02, MOH-03, MOH-04
#[tokio::test]
async fn moh_01_music_is_set_used_undone_and_let_go() {
    each_database(|store| async move {
        let World { app, mut acme, mut globex, .. } = World::new(store).await;
        assert_eq!(acme.boss.call(GetMusicOnHold {}).await.unwrap(), MusicOnHold::default());
        let mut pieces = Vec::new();
        for number in 1..=9 {
            pieces.push(bring(&mut acme.boss, &format!("Music {number}")).await);
        }
        let sounds: Vec<SoundId> = pieces.iter().map(|piece| piece.id).collect();
        let music = MusicOnHold { enabled: true, sounds: sounds.clone(), random: true, mode: MusicMode::PerCall };
        let set = acme.boss.call(UpdateMusicOnHold::from(music.clone())).await.unwrap();
        assert_eq!((&set, &acme.boss.call(GetMusicOnHold {}).await.unwrap()), (&music, &music));
        let plan = app.store.load_plan(acme.tenant.id).await.unwrap().unwrap();
        assert_eq!(plan.music, music, "the switch hears of it");
        let all = app.store.load_plans().await.unwrap();
        let with: Vec<_> = all.iter().filter(|plan| plan.music.enabled).map(|plan| plan.tenant.id).collect();
        assert_eq!(with, [acme.tenant.id], "and of nobody else's");
        assert_eq!(globex.boss.call(GetMusicOnHold {}).await.unwrap(), MusicOnHold::default());
        assert_eq!(acme.alice.call(GetMusicOnHold {}).await.unwrap_err().status, 403);

        let gone = DeletePrompt { sound_id: sounds[8] };
        let refused = acme.boss.call(gone).await.unwrap_err();
        assert_eq!((refused.status, refused.title.as_str()), (409, "The prompt is in use by the music on hold."));
        let fewer = MusicOnHold { sounds: sounds[..8].to_vec(), mode: MusicMode::PerDay, ..music.clone() };
        acme.boss.call(UpdateMusicOnHold::from(fewer)).await.unwrap();
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.into_iter().next().unwrap();
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("UpdateMusicOnHold", "music on hold"));
        acme.boss.call(UndoActivity { activity_id: line.id }).await.unwrap();
        assert_eq!(acme.boss.call(GetMusicOnHold {}).await.unwrap(), music);
        let off = MusicOnHold { enabled: false, sounds: Vec::new(), ..music };
        acme.boss.call(UpdateMusicOnHold::from(off)).await.unwrap();
        acme.boss.call(gone).await.unwrap();
    })
    .await;
}

// covers: MOH-01, MOH-04, API-03
#[tokio::test]
async fn moh_01_what_is_wrong_is_named_and_nobody_plays_what_is_anothers() {
    each_database(|store| async move {
        let World { acme, globex, .. } = World::new(store).await;
        let ask = async |body: serde_json::Value| {
            let reply = acme.boss.request(Method::Put, "/api/tenant/music-on-hold", Some(body)).await;
            let fields = reply.problem().fields.into_iter().map(|problem| problem.field).collect::<Vec<_>>().join(" ");
            (reply.status.as_u16(), fields)
        };
        let (own, foreign) = (acme.prompt.id.to_string(), globex.prompt.id.to_string());
        let greeting = acme.greeting.id.to_string();
        for (body, field) in [
            (json!({ "enabled": true }), "sounds"),
            (json!({ "enabled": true, "sounds": [] }), "sounds"),
            (json!({ "enabled": true, "sounds": [own, own] }), "sounds"),
            (json!({ "enabled": true, "sounds": [own, foreign] }), "sounds[1]"),
            (json!({ "enabled": false, "sounds": [greeting] }), "sounds[0]"),
            (json!({ "enabled": false, "sounds": vec!["1"; 10] }), "sounds"),
            (json!({ "enabled": true, "sounds": [own], "mode": "weekly" }), "mode"),
            (json!({ "enabled": "perhaps" }), "enabled"),
        ] {
            assert_eq!(ask(body.clone()).await, (422, field.to_owned()), "{body}");
        }
    })
    .await;
}
