//! The files that the server writes its log into (LOG-03).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::log_file::{GetLogFile, ListLogFiles, LogFile};

use crate::api;
use crate::page::log::LogPage;
use crate::place::Place;
use crate::time::{self, Style};
use crate::ui::button::Button;
use crate::ui::card::{Card, grouped};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;
use crate::ui::toast;

#[component]
pub fn LogFilesPage() -> impl IntoView {
    let files = Fetch::new(ListLogFiles::default);
    let tools = view! { <Button label="Refresh" testid="refresh" press=move |()| files.reload() /> };
    view! {
        <LogPage title="Log files" text="What the server wrote, for analysis. Passwords and keys are never in it." tools=tools.into_any()>
            {files.failure()}
            <div hidden=move || files.problem().is_some()>
                <Card title="Files" flush=true>
                    {move || match files.get() {
                        None => files.skeleton("card-body", "h-24"),
                        Some(files) if files.is_empty() => view! {
                            <Empty glyph=Glyph::List title="Nothing was written yet" text="How much is written is set under System." />
                        }
                        .into_any(),
                        Some(files) => view! {
                            <ul class="divide-y divide-line pb-1" data-testid="log-files">{files.into_iter().map(line).collect_view()}</ul>
                        }
                        .into_any(),
                    }}
                </Card>
            </div>
            <p class="text-sm text-soft">
                "A file holds ten megabytes; the ten newest are kept. How much is written is set under "
                <a class="link" href=Place::AdminSystem.path()>"System"</a> "."
            </p>
        </LogPage>
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0 => "empty".to_owned(),
        bytes => format!("{} kB", grouped(bytes.div_ceil(1_000))),
    }
}

fn line(file: LogFile) -> impl IntoView {
    let busy = RwSignal::new(false);
    let name = file.name.clone();
    let save = move |()| {
        let file_name = name.clone();
        busy.set(true);
        spawn_local(async move {
            if let Err(problem) = api::save(GetLogFile { file_name }).await {
                toast::bad(problem.title);
            }
            busy.try_set(false);
        });
    };
    view! {
        <li class="row flex-wrap" data-testid="log-file">
            <span class="min-w-0 flex-1">
                <span class="block font-medium wrap-anywhere">{file.name}</span>
                <span class="block text-sm text-faint figures">
                    {size(file.bytes)} ", " {time::show(file.changed_at, Style::Full)}
                </span>
            </span>
            <Button label="Download" icon=Glyph::Download small=true busy testid="download-log" press=save />
        </li>
    }
}
