-- The table that mysqldns reads, the log of what changed in it, and the versions of its zones. For MariaDB 10.11 and later and MySQL 8 and later:
--
--     mysql dns < schema.sql
--
-- loads it into the database dns. Loading it again does no harm: rows stay, triggers are renewed. Load it on one
-- connection, as the mysql client does: the table is locked for a moment, so that no change goes unlogged meanwhile.
--
-- Who loads it needs all rights on that database. A server with binary logging (MySQL has it by default) lets only SUPER
-- create triggers, as it cannot know whether they do the same on a replica. These do, with binlog_format ROW or MIXED (the default), so allow it:
--
--     SET GLOBAL log_bin_trust_function_creators = 1;
--
-- The user that the plugin reads with, named in the directive's dsn:
--
--     CREATE USER 'mysqldns'@'%' IDENTIFIED BY 'a password';
--     GRANT SELECT ON dns.tb_dns         TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_changes TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_zones   TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_journal TO 'mysqldns'@'%';
--
-- The plugin writes only where the directive has write_dsn, and then to the last two tables, and deletes old entries of the change log; with update,
-- what clients change, to the first as well, which then is to have INSERT, UPDATE and DELETE too, and to tb_dns_updates. That user:
--
--     CREATE USER 'mysqldns_writer'@'%' IDENTIFIED BY 'another password';
--     GRANT SELECT                         ON dns.tb_dns         TO 'mysqldns_writer'@'%';
--     GRANT SELECT, DELETE                 ON dns.tb_dns_changes TO 'mysqldns_writer'@'%';
--     GRANT SELECT, INSERT, UPDATE, DELETE ON dns.tb_dns_zones   TO 'mysqldns_writer'@'%';
--     GRANT SELECT, INSERT, UPDATE, DELETE ON dns.tb_dns_journal TO 'mysqldns_writer'@'%';
--     GRANT SELECT, INSERT, UPDATE, DELETE ON dns.tb_dns_updates TO 'mysqldns_writer'@'%';
--
-- Who writes rows needs INSERT, UPDATE, DELETE and SELECT on tb_dns and nothing on the log: a trigger runs with the rights
-- of the user who loaded this file.

-- One row is one record. A row of type SOA makes its name the apex of a zone; a name outside of all zones may have rows
-- as well.
--
--     name         type   ttl    record
--     mydns        A      60     192.0.2.1
--     example.org  SOA    3600   ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300
--     example.org  MX     NULL   10 mail.example.org.
--     *.lan        AAAA   60     2001:db8::1
--     example.org  TXT    300    v=spf1 mx -all
--     example.org  65280  300    \# 4 0A000001

CREATE TABLE IF NOT EXISTS tb_dns (
  id     BIGINT UNSIGNED NOT NULL AUTO_INCREMENT
         COMMENT 'names the row in messages',
  -- ASCII, and upper case equals lower case, as in the DNS. 1004 is the longest name with every octet written as \DDD.
  name   VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL
         COMMENT 'owner name, always absolute; the dot at the end is optional',
  type   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL
         COMMENT 'A or 1, AAAA or 28, any mnemonic, any number, TYPE65280',
  class  VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT 'IN'
         COMMENT 'IN or 1; NULL is IN',
  ttl    INT UNSIGNED DEFAULT NULL
         COMMENT 'seconds; NULL is the ttl of the directive',
  -- MEDIUMTEXT: 64 KB of RDATA take up to 256 KB with every octet written as \DDD.
  record MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
         COMMENT 'RDATA as in a zone file; names in it are absolute; TXT without quotes is one string',
  PRIMARY KEY (id),
  KEY name (name)
) ENGINE=InnoDB;

-- The names whose rows changed, in the order of the changes. The triggers write it; nobody else should. The name "..", which no record
-- has, stands for all of them: the plugin then reads the whole table.

CREATE TABLE IF NOT EXISTS tb_dns_changes (
  seq        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  name       VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
  changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (seq),
  KEY changed_at (changed_at)
) ENGINE=InnoDB;

-- The version of each zone that has one: its serial, and a digest of the content that has this serial. The plugin writes it,
-- with write_dsn. A row whose serial is NULL is no version yet; somebody took it to lock the zone.

CREATE TABLE IF NOT EXISTS tb_dns_zones (
  zone   VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
         COMMENT 'the apex in lower case, with the dot at the end',
  serial INT UNSIGNED DEFAULT NULL
         COMMENT 'as the SOA shows it: its own, or where the SOA row has serial 0 the one given to it',
  digest BINARY(32) DEFAULT NULL
         COMMENT 'of the content, without the serial',
  updates INT UNSIGNED NOT NULL DEFAULT 0
         COMMENT 'counts UPDATE messages (RFC 2136) that changed the zone, so that two nodes of a cluster cannot take one each at the same time',
  PRIMARY KEY (zone)
) ENGINE=InnoDB;

-- How each version came from the one before: the records that went and came, for incremental transfers (RFC 1995). The plugin
-- writes it together with tb_dns_zones, and deletes what is old.

CREATE TABLE IF NOT EXISTS tb_dns_journal (
  zone        VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  serial      INT UNSIGNED NOT NULL
              COMMENT 'of the version that this made',
  from_serial INT UNSIGNED DEFAULT NULL
              COMMENT 'of the version before; NULL where the difference to it is not known',
  delta       LONGBLOB NOT NULL
              COMMENT 'records in wire form',
  made_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (zone, serial),
  KEY made_at (made_at)
) ENGINE=InnoDB;

-- The UPDATE messages (RFC 2136) of late: one that comes again, also through another server, is answered again and not carried out again. The plugin deletes
-- those whose signature has become too old.

CREATE TABLE IF NOT EXISTS tb_dns_updates (
  message BINARY(32) NOT NULL
          COMMENT 'SHA-256 of the name of its key and its MAC',
  rcode   SMALLINT UNSIGNED NOT NULL
          COMMENT 'which it was answered with',
  expires BIGINT NOT NULL
          COMMENT 'UNIX time after which no server takes its signature any more',
  PRIMARY KEY (message),
  KEY expires (expires)
) ENGINE=InnoDB;

-- Three triggers on tb_dns, each of one statement, so that no client needs a DELIMITER. An UPDATE logs the old name and the new one,
-- also where they are equal: INSERT ... SELECT could log it once, but on MariaDB would make other writers wait until the
-- whole UPDATE is done.

LOCK TABLES tb_dns WRITE, tb_dns_zones WRITE;

DROP TRIGGER IF EXISTS tb_dns_insert;
CREATE TRIGGER tb_dns_insert AFTER INSERT ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (NEW.name);

DROP TRIGGER IF EXISTS tb_dns_update;
CREATE TRIGGER tb_dns_update AFTER UPDATE ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (OLD.name), (NEW.name);

DROP TRIGGER IF EXISTS tb_dns_delete;
CREATE TRIGGER tb_dns_delete AFTER DELETE ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (OLD.name);

-- Three on tb_dns_zones, so that whoever follows the change log hears of a new version.

DROP TRIGGER IF EXISTS tb_dns_zones_insert;
CREATE TRIGGER tb_dns_zones_insert AFTER INSERT ON tb_dns_zones FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (NEW.zone);

DROP TRIGGER IF EXISTS tb_dns_zones_update;
CREATE TRIGGER tb_dns_zones_update AFTER UPDATE ON tb_dns_zones FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (NEW.zone);

DROP TRIGGER IF EXISTS tb_dns_zones_delete;
CREATE TRIGGER tb_dns_zones_delete AFTER DELETE ON tb_dns_zones FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (OLD.zone);

UNLOCK TABLES;

-- The log keeps a week. It is cut a few rows at a time, so that no writer has to wait. On a server whose event scheduler is
-- off (MariaDB's default; SET GLOBAL event_scheduler = ON), give the plugin write_dsn, or have cron run the DELETE every few minutes.

CREATE EVENT IF NOT EXISTS tb_dns_changes_prune ON SCHEDULE EVERY 1 MINUTE DO
  DELETE FROM tb_dns_changes WHERE changed_at < NOW(6) - INTERVAL 7 DAY ORDER BY changed_at LIMIT 10000;
