package test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium.
type browser struct{ program string }

func needBrowser(t *testing.T) browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
			t.Fatal("chromium is not installed (Debian: apt-get install chromium)")
		}
		t.Skip("NOT TESTED: chromium is not installed (Debian: apt-get install chromium)")
	}
	return browser{program}
}

// run runs it on a page, of which it must not complain, and returns what it prints.
func (b browser) run(t *testing.T, url string, args ...string) (output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
		"--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--window-size=1000,1120"}, args...)
	cmd := exec.CommandContext(ctx, b.program, append(args, url)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") || strings.Contains(line, "Content Security Policy") {
			t.Errorf("the browser says %s", line)
		}
	}
	return stdout.String()
}

// The schemes of colours, by the numbers that Chromium has for them.
const (
	dark  = "--blink-settings=preferredColorScheme=0"
	light = "--blink-settings=preferredColorScheme=1"
)

// document is the page as the browser understands it.
func (b browser) document(t *testing.T, url string) string { return b.run(t, url, "--dump-dom") }

// picture takes a picture of the page, and returns the document that it is of, too.
func (b browser) picture(t *testing.T, url, scheme, path string) (picture image.Image, document string) {
	t.Helper()
	document = b.run(t, url, scheme, "--dump-dom", "--screenshot="+path)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err = png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return picture, document
}

// brightness is that of the page's edge, from 0 to 65535.
func brightness(picture image.Image) uint32 {
	r, g, b, _ := picture.At(picture.Bounds().Min.X+3, picture.Bounds().Min.Y+3).RGBA()
	return (r + g + b) / 3
}

// What the page shows is what a browser shows of it. MYSQLDNS_PICTURES=../docs also keeps the pictures that the documents have.
func TestPageInABrowser(t *testing.T) {
	b := needBrowser(t)
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "example.org SOA ns1.example.org hostmaster.example.org 1 7200 3600 1209600 300", "example.org NS ns1.example.org",
			"ns1.example.org A 192.0.2.1", "*.example.org A 192.0.2.80", "www.example.org CNAME web.example.org", "web.example.org A 192.0.2.2",
			"bad.example.org A 1.2.3", "mydns A 111.112.113.114", `<script>x</script>.lan A 192.0.2.3`, "text.lan TXT <script>alert(2)</script>")
		addr := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("http "+addr, "forward . "+upstream(t, "www.other. 60 IN A 203.0.113.1")))
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.22' WHERE name = 'web.example.org'")
		s.within(t, 5*time.Second, "web.example.org", "A", "NOERROR; A 192.0.2.22")
		page := "http://" + addr + "/"

		address := func(query string) string {
			name, qtype, typed := strings.Cut(query, " ")
			if name == "" {
				return page
			}
			if !typed {
				qtype = "A"
			}
			return page + "?" + url.Values{"domain": {name}, "type": {qtype}}.Encode()
		}
		pictures := os.Getenv("MYSQLDNS_PICTURES")
		if pictures == "" {
			pictures = t.TempDir()
		}
		const pictured = "www.example.org"
		bright, document := b.picture(t, address(pictured), light, filepath.Join(pictures, "page.png"))
		shade, _ := b.picture(t, address(pictured), dark, filepath.Join(pictures, "page-dark.png"))
		if bright, shade := brightness(bright), brightness(shade); bright < 0xe000 || shade > 0x3000 {
			t.Errorf("for eyes that want it light %x, dark %x", bright, shade)
		}

		// Of the others only the text is read: a browser that starts takes some seconds of all processors.
		looked := map[string]string{pictured: document}
		for _, query := range []string{"", "<script>alert(3)</script>.lan"} {
			looked[query] = b.document(t, address(query))
		}
		for query, wanted := range map[string][]string{
			"":                              {`<h1>tb_dns</h1>`, `id="records" class="number">9<`, `id="zones" class="number">1<`, "following", "web.example.org", "is not an IPv4 address", "write four numbers", "by its change log"},
			"www.example.org":               {"NOERROR, authoritative", "From the zone example.org of the table.", "is an alias (CNAME) of web.example.org.", "192.0.2.22"},
			"any.thing.example.org":         {"wildcard *.example.org (", "192.0.2.80"},
			"mydns":                         {"a loose name", "111.112.113.114"},
			"www.other":                     {"the next plugin answered", "203.0.113.1"},
			"none.web.example.org":          {"NXDOMAIN: the zone example.org "},
			"text.lan TXT":                  {"&lt;script&gt;alert(2)&lt;/script&gt;"},
			"a..b":                          {"has an empty label"},
			"<script>alert(3)</script>.lan": {"alert(3)"},
		} {
			got, has := looked[query]
			if !has {
				_, got = get(t, address(query))
			}
			for _, want := range wanted {
				if !strings.Contains(got, want) {
					t.Errorf("%q: the page does not show %q:\n%s", query, want, got)
				}
			}
			if strings.Contains(got, "<script") {
				t.Errorf("%q: there is a script on the page:\n%s", query, got)
			}
		}
	})
}

// What is on the page must not run or load anything, whatever rows hold, and is neither cached nor framed.
func TestPageIsForWhoAsks(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		addr := "127.0.0.1:" + freePort(t)
		serve(t, db.corefile("http "+addr, ""))
		response, err := http.Get("http://" + addr + "/")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		policy := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("the policy is %q", policy)
		}
		for header, want := range map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got := response.Header.Get(header); got != want {
				t.Errorf("%s is %q, expected %q", header, got, want)
			}
		}
		if response, err = http.Post("http://"+addr+"/?domain=mydns", "", nil); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST: %d", response.StatusCode)
		}
	})
}
