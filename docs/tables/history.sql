-- Who changed what, and when: a table that three triggers on tb_dns fill. For MariaDB 10.11 and later and MySQL 8 and later, over a tb_dns that schema.sql
-- made:
--
--     mysql dns < history.sql
--
-- Loading it again does no harm. The plugin goes on to read tb_dns. What became of a name:
--
--     SELECT * FROM tb_dns_history WHERE name = 'www.example.org' ORDER BY seq;
--
-- Nothing cuts it: delete what is too old.

CREATE TABLE IF NOT EXISTS tb_dns_history (
  seq        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  changed_by VARCHAR(400) CHARACTER SET utf8mb4 NOT NULL
             COMMENT 'user and host of the connection',
  what       ENUM('added', 'was', 'became', 'removed') NOT NULL
             COMMENT 'an UPDATE makes two: was and became',
  id         BIGINT UNSIGNED NOT NULL
             COMMENT 'of the row in tb_dns',
  name       VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
  type       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
  class      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci,
  ttl        INT UNSIGNED,
  record     MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (seq),
  KEY name (name)
) ENGINE=InnoDB;

LOCK TABLES tb_dns WRITE;

DROP TRIGGER IF EXISTS tb_dns_history_insert;
CREATE TRIGGER tb_dns_history_insert AFTER INSERT ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_history (changed_by, what, id, name, type, class, ttl, record)
    VALUES (USER(), 'added', NEW.id, NEW.name, NEW.type, NEW.class, NEW.ttl, NEW.record);

DROP TRIGGER IF EXISTS tb_dns_history_update;
CREATE TRIGGER tb_dns_history_update AFTER UPDATE ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_history (changed_by, what, id, name, type, class, ttl, record)
    VALUES (USER(), 'was', OLD.id, OLD.name, OLD.type, OLD.class, OLD.ttl, OLD.record),
           (USER(), 'became', NEW.id, NEW.name, NEW.type, NEW.class, NEW.ttl, NEW.record);

DROP TRIGGER IF EXISTS tb_dns_history_delete;
CREATE TRIGGER tb_dns_history_delete AFTER DELETE ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_history (changed_by, what, id, name, type, class, ttl, record)
    VALUES (USER(), 'removed', OLD.id, OLD.name, OLD.type, OLD.class, OLD.ttl, OLD.record);

UNLOCK TABLES;
