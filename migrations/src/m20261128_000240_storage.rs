//! How much a tenant's sounds take, and how much they may (T-05, STO-01). The sums are kept by the database itself, in the transaction of
//! every row that comes, is measured or goes, a cascade's too: nobody who writes can forget them, and no older program either. Columns
//! that older code does not see stay empty; what it leaves unmeasured is measured by the next purge.

crate::dialect::migration! {
    up: [
        "ALTER TABLE tenant ADD COLUMN disk_megabytes_max BIGINT",
        "ALTER TABLE voicemail ADD COLUMN bytes BIGINT",
        "CREATE TABLE storage (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            recordings BIGINT NOT NULL DEFAULT 0,
            voicemails BIGINT NOT NULL DEFAULT 0,
            prompts BIGINT NOT NULL DEFAULT 0,
            full_since BIGINT
        )",
        "INSERT INTO storage (tenant_id, recordings, voicemails, prompts)
            SELECT id,
                (SELECT COALESCE(SUM(bytes), 0) FROM recording WHERE recording.tenant_id = tenant.id),
                0,
                (SELECT COALESCE(SUM(bytes), 0) FROM sound WHERE sound.tenant_id = tenant.id)
            FROM tenant",
        "sqlite: CREATE TRIGGER storage_of_tenant AFTER INSERT ON tenant BEGIN
            INSERT INTO storage (tenant_id) VALUES (NEW.id);
        END",
        "sqlite: CREATE TRIGGER recording_came AFTER INSERT ON recording WHEN NEW.bytes <> 0 BEGIN
            UPDATE storage SET recordings = recordings + NEW.bytes WHERE tenant_id = NEW.tenant_id;
        END",
        "sqlite: CREATE TRIGGER recording_measured AFTER UPDATE OF bytes ON recording BEGIN
            UPDATE storage SET recordings = recordings + COALESCE(NEW.bytes, 0) - COALESCE(OLD.bytes, 0)
            WHERE tenant_id = NEW.tenant_id;
        END",
        "sqlite: CREATE TRIGGER recording_went AFTER DELETE ON recording WHEN OLD.bytes <> 0 BEGIN
            UPDATE storage SET recordings = recordings - OLD.bytes WHERE tenant_id = OLD.tenant_id;
        END",
        "sqlite: CREATE TRIGGER voicemail_came AFTER INSERT ON voicemail WHEN NEW.bytes <> 0 BEGIN
            UPDATE storage SET voicemails = voicemails + NEW.bytes WHERE tenant_id = NEW.tenant_id;
        END",
        "sqlite: CREATE TRIGGER voicemail_measured AFTER UPDATE OF bytes ON voicemail BEGIN
            UPDATE storage SET voicemails = voicemails + COALESCE(NEW.bytes, 0) - COALESCE(OLD.bytes, 0)
            WHERE tenant_id = NEW.tenant_id;
        END",
        "sqlite: CREATE TRIGGER voicemail_went AFTER DELETE ON voicemail WHEN OLD.bytes <> 0 BEGIN
            UPDATE storage SET voicemails = voicemails - OLD.bytes WHERE tenant_id = OLD.tenant_id;
        END",
        "sqlite: CREATE TRIGGER sound_came AFTER INSERT ON sound WHEN NEW.bytes <> 0 BEGIN
            UPDATE storage SET prompts = prompts + NEW.bytes WHERE tenant_id = NEW.tenant_id;
        END",
        "sqlite: CREATE TRIGGER sound_measured AFTER UPDATE OF bytes ON sound BEGIN
            UPDATE storage SET prompts = prompts + NEW.bytes - OLD.bytes WHERE tenant_id = NEW.tenant_id;
        END",
        "sqlite: CREATE TRIGGER sound_went AFTER DELETE ON sound WHEN OLD.bytes <> 0 BEGIN
            UPDATE storage SET prompts = prompts - OLD.bytes WHERE tenant_id = OLD.tenant_id;
        END",
        "postgres: CREATE FUNCTION storage_of_tenant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO storage (tenant_id) VALUES (NEW.id);
            RETURN NULL;
        END $$",
        // Which column of `storage` it is comes as the trigger's argument. What a row weighed is taken away before what it weighs is added.
        "postgres: CREATE FUNCTION storage_weighed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            before BIGINT := 0;
            after BIGINT := 0;
            whose BIGINT;
        BEGIN
            IF TG_OP <> 'INSERT' THEN before := COALESCE(OLD.bytes, 0); whose := OLD.tenant_id; END IF;
            IF TG_OP <> 'DELETE' THEN after := COALESCE(NEW.bytes, 0); whose := NEW.tenant_id; END IF;
            IF before <> after THEN
                EXECUTE format('UPDATE storage SET %1$I = %1$I + $1 WHERE tenant_id = $2', TG_ARGV[0])
                USING after - before, whose;
            END IF;
            RETURN NULL;
        END $$",
        "postgres: CREATE TRIGGER storage_of_tenant AFTER INSERT ON tenant
            FOR EACH ROW EXECUTE FUNCTION storage_of_tenant()",
        "postgres: CREATE TRIGGER recording_weighed AFTER INSERT OR UPDATE OF bytes OR DELETE ON recording
            FOR EACH ROW EXECUTE FUNCTION storage_weighed('recordings')",
        "postgres: CREATE TRIGGER voicemail_weighed AFTER INSERT OR UPDATE OF bytes OR DELETE ON voicemail
            FOR EACH ROW EXECUTE FUNCTION storage_weighed('voicemails')",
        "postgres: CREATE TRIGGER sound_weighed AFTER INSERT OR UPDATE OF bytes OR DELETE ON sound
            FOR EACH ROW EXECUTE FUNCTION storage_weighed('prompts')",
    ],
    down: [
        "sqlite: DROP TRIGGER storage_of_tenant",
        "sqlite: DROP TRIGGER recording_came",
        "sqlite: DROP TRIGGER recording_measured",
        "sqlite: DROP TRIGGER recording_went",
        "sqlite: DROP TRIGGER voicemail_came",
        "sqlite: DROP TRIGGER voicemail_measured",
        "sqlite: DROP TRIGGER voicemail_went",
        "sqlite: DROP TRIGGER sound_came",
        "sqlite: DROP TRIGGER sound_measured",
        "sqlite: DROP TRIGGER sound_went",
        "postgres: DROP TRIGGER storage_of_tenant ON tenant",
        "postgres: DROP TRIGGER recording_weighed ON recording",
        "postgres: DROP TRIGGER voicemail_weighed ON voicemail",
        "postgres: DROP TRIGGER sound_weighed ON sound",
        "postgres: DROP FUNCTION storage_of_tenant()",
        "postgres: DROP FUNCTION storage_weighed()",
        "DROP TABLE storage",
        "ALTER TABLE voicemail DROP COLUMN bytes",
        "ALTER TABLE tenant DROP COLUMN disk_megabytes_max",
    ]
}
