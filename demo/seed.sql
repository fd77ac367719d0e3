-- What the demo starts with.

-- Loose names, which are in no zone. A name under apps.lan that has no row of its own gets the wildcard's.
INSERT INTO tb_dns (name, type, class, ttl, record) VALUES
  ('mydns',                  1,       1,    60,   '111.112.113.114'),
  ('*.apps.lan',             'A',     'IN', 60,   '192.0.2.80'),
  ('printer.apps.lan',       'A',     'IN', 60,   '192.0.2.81');

-- A zone: its SOA makes it one, and names in it that have no row do not exist.
INSERT INTO tb_dns (name, type, ttl, record) VALUES
  ('example.org',            'SOA',   3600, 'ns1.example.org. hostmaster.example.org. 2024010101 7200 3600 1209600 300'),
  ('example.org',            'NS',    3600, 'ns1.example.org.'),
  ('example.org',            'NS',    3600, 'ns2.example.org.'),
  ('ns1.example.org',        'A',     3600, '192.0.2.1'),
  ('ns1.example.org',        'AAAA',  3600, '2001:db8::1'),
  ('ns2.example.org',        'A',     3600, '192.0.2.2'),
  ('example.org',            'A',     3600, '192.0.2.10'),
  ('example.org',            'AAAA',  3600, '2001:db8::10'),
  ('example.org',            'MX',    3600, '10 mail.example.org.'),
  ('example.org',            'TXT',   3600, 'v=spf1 mx -all'),
  ('mail.example.org',       'A',     3600, '192.0.2.25'),
  ('www.example.org',        'CNAME', 3600, 'example.org.'),
  ('*.dyn.example.org',      'A',     NULL, '192.0.2.99'),
  ('sub.example.org',        'NS',    3600, 'ns.sub.example.org.'),
  ('ns.sub.example.org',     'A',     3600, '192.0.2.53');
