//! Feature codes over HTTP: who sets them, who sees them, and what stands in their way (DIAL-01).

use serde_json::json;
use shared::Method;
use shared::feature_code::{FeatureCodes, GetFeatureCodes, GetOwnFeatureCodes, UpdateFeatureCodes};
use store::testing::each_database;

use crate::world::World;

// covers: DIAL-01, ADV-00
#[tokio::test]
async fn dial_01_the_administrator_sets_the_codes_and_everybody_of_the_tenant_sees_them() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let boss = &mut world.acme.boss;
        let codes = boss.call(GetFeatureCodes {}).await.unwrap();
        assert_eq!(codes, FeatureCodes::default());
        let codes = FeatureCodes { intercom: "*80".into(), park_seconds: 60, ..codes };
        let set = boss.call(UpdateFeatureCodes { codes: codes.clone() }).await.unwrap();
        assert_eq!(set, codes);
        assert_eq!(world.acme.alice.call(GetOwnFeatureCodes {}).await.unwrap(), codes);
        let alone = world.acme.alice.call(UpdateFeatureCodes { codes: codes.clone() }).await;
        assert_eq!(alone.unwrap_err().status, 403);
        assert_eq!(world.globex.boss.call(GetFeatureCodes {}).await.unwrap(), FeatureCodes::default());
    })
    .await;
}

// covers: DIAL-01, API-03
#[tokio::test]
async fn dial_01_a_collision_is_told_at_its_field() {
    each_database(|store| async move {
        let world = World::new(store).await;
        let boss = &world.acme.boss;
        let ask = async |method: Method, path: &str, body: serde_json::Value| {
            let reply = boss.request(method, path, Some(body)).await;
            let fields = reply.problem().fields.into_iter().map(|problem| problem.field).collect::<Vec<_>>().join(" ");
            (reply.status.as_u16(), fields)
        };
        let codes = "/api/tenant/feature-codes";
        for (body, field) in [
            (json!({ "intercom": "*6" }), "intercom park"),
            (json!({ "intercom": "10" }), "intercom"),
            (json!({ "slot_first": 1 }), "slot_first"),
            (json!({ "park": "park" }), "park"),
        ] {
            assert_eq!(ask(Method::Put, codes, body.clone()).await, (422, field.to_owned()), "{body}");
        }
        let slot = json!({ "number": "701", "name": "Nobody" });
        assert_eq!(ask(Method::Post, "/api/tenant/extensions", slot).await, (409, "number".to_owned()));
    })
    .await;
}
