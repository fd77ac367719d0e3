-- Rows that can be switched off, and have a comment: two columns of tb_dns, and a view of the rows that are on. For MariaDB 10.11 and later and MySQL
-- 8.0.23 and later, over a tb_dns that schema.sql made:
--
--     mysql dns < disabled.sql
--
-- Loading it again does no harm. Then say table tb_dns_enabled in the directive. The plugin's users need for these views what schema.sql grants for
-- the tables of tb_dns:
--
--     GRANT SELECT ON dns.tb_dns_enabled         TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_enabled_changes TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_enabled_zones   TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_enabled_journal TO 'mysqldns'@'%';
--
-- Switch rows off and on in tb_dns:
--
--     UPDATE tb_dns SET disabled = TRUE, comment = 'until the move is over' WHERE name = 'www.example.org';

-- The columns are invisible, so that an INSERT without names of columns works as before. MySQL knows no ADD COLUMN IF NOT EXISTS.

SET @add_disabled = IF(
  EXISTS (SELECT 1 FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tb_dns' AND COLUMN_NAME = 'disabled'),
  'DO 0',
  'ALTER TABLE tb_dns
     ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE INVISIBLE,
     ADD COLUMN comment  VARCHAR(1000) CHARACTER SET utf8mb4 DEFAULT NULL INVISIBLE');
PREPARE add_disabled FROM @add_disabled;
EXECUTE add_disabled;
DEALLOCATE PREPARE add_disabled;

CREATE OR REPLACE VIEW tb_dns_enabled AS
SELECT id, name, type, class, ttl, record FROM tb_dns WHERE NOT disabled;

-- What the plugin looks for beside a table of that name: the log and the versions of tb_dns. Its triggers log the name of a row that is switched off or on,
-- as after any other UPDATE.

CREATE OR REPLACE VIEW tb_dns_enabled_changes AS SELECT * FROM tb_dns_changes;
CREATE OR REPLACE VIEW tb_dns_enabled_zones   AS SELECT * FROM tb_dns_zones;
CREATE OR REPLACE VIEW tb_dns_enabled_journal AS SELECT * FROM tb_dns_journal;
