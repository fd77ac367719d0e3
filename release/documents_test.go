// Package release tests what a release is made of: the workflows that make it, and the page for coredns.io.
package release

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// syntax is the block of code of the section Syntax.
func syntax(text string) (string, error) {
	_, section, _ := strings.Cut(text, "\n## Syntax\n")
	block := regexp.MustCompile("(?s)^\\s*(?:~~~|```)[ a-z]*\n(.*?)\n(?:~~~|```)\n").FindStringSubmatch(section)
	if block == nil {
		return "", errors.New("no section Syntax that begins with a block of code")
	}
	return block[1], nil
}

func TestPageForCorednsIoHasTheSyntaxOfTheREADME(t *testing.T) {
	want, err := syntax(read(t, "../README.md"))
	if err != nil {
		t.Fatal("README.md: ", err)
	}
	got, err := syntax(read(t, "../docs/coredns.io.md"))
	if err != nil {
		t.Fatal("docs/coredns.io.md: ", err)
	}
	if got != want {
		t.Errorf("docs/coredns.io.md has\n%s\nand README.md\n%s", got, want)
	}
}

// The README is a manual page: what only operators or the curious need is in docs/.
func TestREADMEIsShortAndInOrder(t *testing.T) {
	const most = 15 << 10
	readme := read(t, "../README.md")
	if len(readme) > most {
		t.Errorf("it has %d octets, of %d: move something to docs/", len(readme), most)
	}
	var got []string
	for _, heading := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(readme, -1) {
		got = append(got, heading[1])
	}
	want := []string{"Name", "Description", "Quick start", "Installation", "Rows", "Syntax", "Examples", "Metrics", "Ready", "Bugs", "See Also"}
	if !slices.Equal(got, want) {
		t.Errorf("its sections are %q, want %q", got, want)
	}
}

func TestEveryMetricIsDocumented(t *testing.T) {
	page := read(t, "../docs/metrics.md")
	names := regexp.MustCompile(`(?:\bName: |\bdesc\()"(\w+)"`).FindAllStringSubmatch(read(t, "../metrics.go"), -1)
	if len(names) < 20 {
		t.Fatalf("only %d metrics found in metrics.go", len(names))
	}
	for _, name := range names {
		if !regexp.MustCompile("`coredns_mysqldns_" + name[1] + "[`{]").MatchString(page) {
			t.Errorf("docs/metrics.md does not have coredns_mysqldns_%s", name[1])
		}
	}
}

// documents are all that is written in Markdown here.
func documents(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../plugin/*.md", "../cmd/*/*.md", "../deploy/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

// anchors are what the headings of a document are linked by, in the way of GitHub.
func anchors(markdown string) map[string]bool {
	all := map[string]bool{"": true}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(markdown, -1) {
		anchor := strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")
		all[regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(anchor, "")] = true
	}
	return all
}

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	links := 0
	for _, document := range documents(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(read(t, document), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			links++
			path, anchor, _ := strings.Cut(link[1], "#")
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
			}
			info, err := os.Stat(target)
			if err != nil {
				t.Errorf("%s: %v", document, err)
				continue
			}
			if anchor != "" && (info.IsDir() || !anchors(read(t, target))[anchor]) {
				t.Errorf("%s: %s has no heading #%s", document, target, anchor)
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links found", links)
	}
}

// What the site's generator and its list of plugins need.
func TestFrontMatterOfThePageForCorednsIo(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "../docs/coredns.io.md"), "+++\n")
	matter, _, closed := strings.Cut(rest, "\n+++\n")
	if !closed {
		t.Fatal("no front matter between two lines of +++")
	}
	for key, form := range map[string]string{
		"title":       `"mysqldns"`,
		"description": `"\*mysqldns\* - .+\."`,
		"weight":      `\d+`,
		"tags":        `\[ "plugin", "mysqldns".* \]`,
		"categories":  `\[ "plugin", "external" \]`,
		"date":        `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d"`,
		"repo":        `"https://github\.com/mysqldns/mysqldns"`,
		"home":        `"https://github\.com/mysqldns/mysqldns/.+"`,
	} {
		if !regexp.MustCompile(`(?m)^` + key + ` = ` + form + `$`).MatchString(matter) {
			t.Errorf("no line %s = %s", key, form)
		}
	}
}

// The one line that says what it is must not say it in two ways.
func TestPageForCorednsIoSaysWhatTheREADMESays(t *testing.T) {
	line := regexp.MustCompile(`(?m)^\*mysqldns\* - .+\.$`).FindString(read(t, "../README.md"))
	if line == "" || !strings.Contains(read(t, "../docs/coredns.io.md"), `description = "`+line+`"`) {
		t.Errorf("the description is not README.md's %q", line)
	}
}
