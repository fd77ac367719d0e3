-- Rows of many owners in one table: each may read and write the rows at and below names of their own, and no others. For MariaDB 10.11 and later and
-- MySQL 8 and later, over a tb_dns that schema.sql made:
--
--     mysql dns < tenants.sql
--
-- Loading it again does no harm. The plugin goes on to read tb_dns. An owner is a user of the database server, and works in tb_dns_own as in a table:
--
--     INSERT INTO tb_dns_tenants VALUES ('alice', 'alice.example.org'), ('alice', 'shop.example.net');
--     CREATE USER 'alice'@'%' IDENTIFIED BY 'a password';
--     GRANT SELECT, INSERT, UPDATE, DELETE ON dns.tb_dns_own TO 'alice'@'%';

CREATE TABLE IF NOT EXISTS tb_dns_tenants (
  user VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
       COMMENT 'of the database server, without the host',
  name VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL
       COMMENT 'without the dot at the end; the user owns it and all names below',
  PRIMARY KEY (user, name)
) ENGINE=InnoDB;

-- Whoever asks sees their own rows. WITH CHECK OPTION refuses what they would write elsewhere. A name with a backslash is nobody's: x\.alice.example.org is
-- no name below alice.example.org.

CREATE OR REPLACE VIEW tb_dns_own AS
SELECT id, name, type, class, ttl, record
FROM tb_dns
WHERE INSTR(name, '\\') = 0
  AND EXISTS (
    SELECT 1 FROM tb_dns_tenants o
    WHERE o.user = SUBSTRING_INDEX(USER(), '@', 1)
      AND (TRIM(TRAILING '.' FROM tb_dns.name) = o.name
        OR RIGHT(TRIM(TRAILING '.' FROM tb_dns.name), CHAR_LENGTH(o.name) + 1) = CONCAT('.', o.name)))
WITH CASCADED CHECK OPTION;
