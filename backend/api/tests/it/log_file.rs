//! The log's files.

use shared::Method;
use shared::log_file::ListLogFiles;
use store::testing::each_database;

use crate::app::App;
use crate::world::admin_of;

// covers: LOG-03
#[tokio::test]
async fn log_03_files_are_listed_without_their_path_and_s22_nothing_else_is_read() {
    each_database(|store| async move {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret.key"), "the key").unwrap();
        let logs = folder.path().join("log");
        std::fs::create_dir(&logs).unwrap();
        let app = App::with(store, |config| config.log_folder = logs.clone());
        let mut admin = admin_of(&app).await;
        assert_eq!(admin.call(ListLogFiles {}).await.unwrap(), []);
        std::fs::write(logs.join("belfry.log.1"), "old\n").unwrap();
        std::fs::write(logs.join("belfry.log"), "Grüße\n".repeat(40_000)).unwrap();
        std::fs::write(logs.join("other"), "no log").unwrap();
        std::os::unix::fs::symlink(folder.path(), logs.join("belfry.log.folder")).unwrap();
        let listed = admin.call(ListLogFiles {}).await.unwrap();
        let mut names: Vec<&str> = listed.iter().map(|file| file.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["belfry.log", "belfry.log.1"]);
        assert!(listed.iter().all(|file| file.changed_at.0 > 0));
        let get =
            async |name: &str| admin.request(Method::Get, &format!("/api/admin/log-files/{name}/text"), None).await;
        let whole = get("belfry.log").await;
        assert_eq!(whole.text(), "Grüße\n".repeat(40_000));
        assert_eq!(whole.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(whole.header("content-disposition"), "attachment; filename=\"belfry.log\"");
        for name in ["other", "..%2Fsecret.key", "%2Fetc%2Fpasswd", "belfry.log.folder", "belfry.log%00", "."] {
            assert_eq!(get(name).await.status.as_u16(), 404, "{name}");
        }
    })
    .await;
}
