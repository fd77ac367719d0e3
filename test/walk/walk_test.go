package walk

import (
	"slices"
	"testing"
)

const document = "# T\n\ntext\n\n## One\n\nfirst\n\n```sh\n# no heading\necho 1\n```\n\nthen\n\n```yaml\na: b\n```\n\n### Below\n\n```sh\necho 2\n```\n\n## Two\n\n```sh\necho 3\n```\n"

func TestSectionEndsAtTheNextHeadingOfItsLevel(t *testing.T) {
	text, err := Section(document, "## One")
	if err != nil {
		t.Fatal(err)
	}
	expected := []Block{{"sh", "# no heading\necho 1\n", "first"}, {"yaml", "a: b\n", "then"}, {"sh", "echo 2\n", "### Below"}}
	if got := Blocks(text); !slices.Equal(got, expected) {
		t.Errorf("got %q", got)
	}
}

func TestHeadingThatIsNotThere(t *testing.T) {
	if _, err := Section(document, "## Three"); err == nil {
		t.Error("no error")
	}
}
