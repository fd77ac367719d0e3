package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// unwanted are the sections, at any level, that a reader of a manual page is past or has no use for.
var unwanted = []string{
	"Quick start", "Try it", "Install", "Install it", "Installation", "Speed", "Where servers differ", "How it works",
	"Reading the source", "Contributing", "License",
}

// page makes the manual page of a README.
func (s source) page(readme []byte, version string, day time.Time) ([]byte, error) {
	// Markdown as sites show it: CommonMark and tables.
	document := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(readme))
	summary, err := takeSummary(document, readme)
	if err != nil {
		return nil, err
	}
	dropSections(document, readme, unwanted)
	page := &roff{source: readme}
	page.macro(fmt.Sprintf(".TH %q %d %q %q %q", strings.ToUpper(s.name), s.number, day.UTC().Format(time.DateOnly), "mysqldns "+version, s.manual))
	page.macro(".nr HY 0\n.nh\n.ad l") // whole words and even gaps: what is read here is often copied
	page.macro(".SH \"NAME\"\n" + escape(s.name) + ` \- ` + escape(summary))
	if first := document.FirstChild(); first != nil && first.Kind() != ast.KindHeading {
		page.macro(`.SH "DESCRIPTION"`)
	}
	page.blocks(document)
	return page.Bytes(), nil
}

// takeSummary removes the title and the line that says what the subject is, and returns what that says. A README begins with
// "# name" and a line "*name* - what it is", in a section "Name" or in none. What else stands before the first section
// remains if there is no section "Description"; it is the description then.
func takeSummary(document ast.Node, readme []byte) (summary string, err error) {
	title, ok := document.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 {
		return "", errors.New("it does not begin with a title: write \"# name\"")
	}
	name := plain(title, readme)
	described := hasSection(document, readme, "Description")
	for node := title.NextSibling(); node != nil; {
		next := node.NextSibling()
		if node.Kind() == ast.KindHeading && !isSection(node, readme, "Name") {
			break
		}
		subject, rest, found := strings.Cut(plain(node, readme), " - ")
		switch {
		case summary == "" && found && subject == name:
			summary = rest
			document.RemoveChild(document, node)
		case described || node.Kind() == ast.KindHeading || subject == "": // the last are pictures
			document.RemoveChild(document, node)
		}
		node = next
	}
	if summary == "" {
		return "", fmt.Errorf("nothing says what it is: write a line \"*%s* - what it is\" below the title", name)
	}
	document.RemoveChild(document, title)
	return strings.TrimSuffix(strings.Join(strings.Fields(summary), " "), "."), nil
}

func isSection(node ast.Node, readme []byte, name string) bool {
	return node.Kind() == ast.KindHeading && strings.EqualFold(plain(node, readme), name)
}

func hasSection(document ast.Node, readme []byte, name string) bool {
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if isSection(node, readme, name) {
			return true
		}
	}
	return false
}

// dropSections removes the sections of these names, with the sections in them.
func dropSections(document ast.Node, readme []byte, names []string) {
	dropping := 0 // the level of the section that is being removed
	for node := document.FirstChild(); node != nil; {
		next := node.NextSibling()
		if heading, ok := node.(*ast.Heading); ok && (dropping == 0 || heading.Level <= dropping) {
			dropping = 0
			if slices.ContainsFunc(names, func(name string) bool { return isSection(node, readme, name) }) {
				dropping = heading.Level
			}
		}
		if dropping > 0 {
			document.RemoveChild(document, node)
		}
		node = next
	}
}
