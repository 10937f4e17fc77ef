//! The templates, one folder a vendor, built once.

use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::escape::Format;
use crate::{NoFile, PhoneFile};

/// A kind of file.
#[derive(Debug)]
pub struct Template {
    /// Its name, which is its place in the folder.
    pub name: &'static str,
    /// Its text.
    text: &'static str,
    /// How its values are written.
    pub format: Format,
}

/// All of a vendor's folder.
macro_rules! templates {
    ($($constant:ident, $name:literal, $format:ident;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $constant: Template = Template {
                name: $name,
                text: include_str!(concat!("../template/", $name)),
                format: Format::$format,
            };
        )*
        /// Every template.
        pub static ALL: &[&Template] = &[$(&$constant),*];
    };
}

templates! {
    YEALINK, "yealink/phone.cfg", Line;
    YEALINK_MODEL, "yealink/model.cfg", Line;
    FANVIL, "fanvil/phone.xml", Xml;
    FANVIL_MODEL, "fanvil/model.xml", Xml;
    HTEK, "htek/phone.xml", Xml;
    SNOM, "snom/phone.xml", Xml;
    SNOM_MODEL, "snom/model.xml", Xml;
    GRANDSTREAM, "grandstream/phone.xml", Xml;
    GRANDSTREAM_MODEL, "grandstream/model.xml", Xml;
    GIGASET_DECT, "gigaset/dect.xml", Xml;
    GIGASET_DESK, "gigaset/desk.xml", Xml;
    PANASONIC, "panasonic/phone.cfg", Quoted;
    PANASONIC_MODEL, "panasonic/model.cfg", Quoted;
    CISCO, "cisco/phone.xml", Xml;
    CISCO_OLD, "cisco/phone.cnf", Quoted;
    CISCO_OLD_MODEL, "cisco/model.cnf", Quoted;
    CISCO_DIAL_PLAN, "cisco/dialplan.xml", Xml;
    CISCO_SPA, "cisco_spa/phone.xml", Xml;
    CISCO_SPA_MODEL, "cisco_spa/model.xml", Xml;
    POLYCOM, "polycom/phone.cfg", Xml;
    POLYCOM_MODEL, "polycom/model.cfg", Xml;
    POLYCOM_REGISTRATION, "polycom/registration.cfg", Xml;
    POLYCOM_DIRECTORY, "polycom/directory.xml", Xml;
    AASTRA, "aastra/phone.cfg", Quoted;
    AASTRA_MODEL, "aastra/model.cfg", Quoted;
}

impl Template {
    /// The type of what is made of it.
    pub const fn content_type(&self) -> &'static str {
        match self.format {
            Format::Xml => "text/xml; charset=utf-8",
            Format::Line | Format::Quoted => "text/plain; charset=utf-8",
        }
    }

    /// Phones of Panasonic read lines that end with CR and LF.
    fn has_long_line_ends(&self) -> bool {
        self.name.starts_with("panasonic/")
    }
}

/// The engine with every template compiled. A template that cannot be compiled is missing in it, which a test rules out.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.set_auto_escape_callback(|name| {
        let format = ALL.iter().find(|template| template.name == name).map_or(Format::Quoted, |found| found.format);
        AutoEscape::Custom(format.word())
    });
    environment.set_formatter(|out, state, value| {
        let format = match state.auto_escape() {
            AutoEscape::Custom(word) => Format::of_word(word),
            _ => None,
        };
        let text = value.to_string();
        out.write_str(&format.unwrap_or(Format::Quoted).escape(&text))?;
        Ok(())
    });
    for template in ALL {
        let _ = environment.add_template(template.name, template.text);
    }
    environment
});

/// What a phone is sent, of a template and all that it may say.
pub fn render(template: &Template, context: Value) -> Result<PhoneFile, NoFile> {
    let text = ENVIRONMENT
        .get_template(template.name)
        .and_then(|compiled| compiled.render(context))
        .map_err(|_| NoFile::Broken)?;
    let text = if template.has_long_line_ends() { text.replace('\n', "\r\n") } else { text };
    Ok(PhoneFile { content_type: template.content_type(), text })
}
