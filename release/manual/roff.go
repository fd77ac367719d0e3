package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// roff writes Markdown in the language of manual pages, man(7).
type roff struct {
	bytes.Buffer
	source []byte
	indent int // of the list that is being written; 0 outside of lists
}

// blocks writes what a node consists of: paragraphs, lists and the like.
func (r *roff) blocks(parent ast.Node) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		switch node := node.(type) {
		case *ast.Heading:
			r.heading(node)
		case *ast.Paragraph, *ast.TextBlock:
			r.paragraph(node)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			r.code(node)
		case *ast.List:
			r.list(node)
		case *table.Table:
			r.table(node)
		case *ast.Blockquote:
			r.macro(".RS 4")
			r.blocks(node)
			r.macro(".RE")
		}
	}
}

// macro begins a line.
func (r *roff) macro(text string) {
	if b := r.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		r.WriteByte('\n')
	}
	r.WriteString(text + "\n")
}

func (r *roff) heading(node *ast.Heading) {
	if text := plain(node, r.source); node.Level <= 2 {
		r.macro(`.SH "` + escape(strings.ToUpper(text)) + `"`)
	} else {
		r.macro(`.SS "` + escape(text) + `"`)
	}
}

// paragraph needs no macro where a section or an item of a list begins.
func (r *roff) paragraph(node ast.Node) {
	previous := node.PreviousSibling()
	switch {
	case r.indent == 0 && previous != nil && previous.Kind() != ast.KindHeading:
		r.macro(".PP")
	case r.indent > 0 && previous != nil:
		r.macro(fmt.Sprintf(`.IP "" %d`, r.indent))
	}
	r.inlines(node)
	r.WriteByte('\n')
}

func (r *roff) code(node ast.Node) {
	if previous := node.PreviousSibling(); previous != nil && previous.Kind() != ast.KindHeading {
		r.macro(".PP")
	}
	r.macro(fmt.Sprintf(".RS %d\n.EX", r.indent+4))
	for i := range node.Lines().Len() {
		line := node.Lines().At(i)
		r.WriteString(escape(strings.TrimRight(string(line.Value(r.source)), "\n")) + "\n")
	}
	r.macro(".EE\n.RE")
}

func (r *roff) list(node *ast.List) {
	if r.indent > 0 {
		r.macro(fmt.Sprintf(".RS %d", r.indent))
		defer r.macro(".RE")
	}
	defer func(outer int) { r.indent = outer }(r.indent)
	number := node.Start
	for item := node.FirstChild(); item != nil; item = item.NextSibling() {
		if node.IsOrdered() {
			r.indent = 4
			r.macro(fmt.Sprintf(`.IP "%d." %d`, number, r.indent))
			number++
		} else {
			r.indent = 2
			r.macro(fmt.Sprintf(`.IP \(bu %d`, r.indent))
		}
		r.blocks(item)
	}
}

// table writes each row as a term, which is its first cell, and a text: the second cell, and the others behind the names of
// their columns. A real table would have to squeeze sentences into columns of twenty characters.
func (r *roff) table(node *table.Table) {
	var columns []string
	for row := node.FirstChild(); row != nil; row = row.NextSibling() {
		if row.Kind() == table.KindTableHeader {
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				columns = append(columns, plain(cell, r.source))
			}
			continue
		}
		r.macro(".TP")
		column := 0
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if column > 1 && cell.HasChildren() {
				r.macro(".br")
				r.WriteString(`\fI` + escape(columns[column]) + `\fR: `)
			}
			if cell.HasChildren() {
				r.inlines(cell)
				r.WriteByte('\n')
			}
			column++
		}
	}
}

// inlines writes text with its fonts and links.
func (r *roff) inlines(parent ast.Node) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		switch node := node.(type) {
		case *ast.Text:
			r.WriteString(prose(visible(node, r.source)))
			switch {
			case node.HardLineBreak():
				r.macro(".br")
			case node.SoftLineBreak():
				r.WriteByte('\n')
			}
		case *ast.CodeSpan:
			r.WriteString(`\fB` + escape(plain(node, r.source)) + `\fR`)
		case *ast.Emphasis:
			r.WriteString([]string{`\fI`, `\fB`}[node.Level-1])
			r.inlines(node)
			r.WriteString(`\fR`)
		case *ast.Link: // of one within the repository, the text is all that a page can give
			r.inlines(node)
			if url := string(node.Destination); strings.HasPrefix(url, "http") {
				r.WriteString(` \(la` + escape(url) + `\(ra`)
			}
		case *ast.AutoLink:
			r.WriteString(`\(la` + escape(string(node.URL(r.source))) + `\(ra`)
		}
	}
}

// plain is the text below a node, in one line and without its form. A picture has none.
func plain(node ast.Node, source []byte) string {
	var all strings.Builder
	ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) { //nolint:errcheck // there is none
		if n.Kind() == ast.KindImage {
			return ast.WalkSkipChildren, nil
		}
		if t, ok := n.(*ast.Text); ok && entering {
			all.WriteString(visible(t, source))
			if t.SoftLineBreak() || t.HardLineBreak() {
				all.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return all.String()
}

// visible is what a reader sees of a text: the parser leaves escapes and entities in it, except in code, where there are none.
func visible(node *ast.Text, source []byte) string {
	value := node.Segment.Value(source)
	if node.Parent().Kind() != ast.KindCodeSpan {
		value = util.UnescapePunctuations(util.ResolveNumericReferences(util.ResolveEntityNames(value)))
	}
	return string(value)
}

// Of ASCII characters, formatters turn some into others that look better in print, and read some as their own language.
var (
	asTyped = strings.NewReplacer(`\`, `\e`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`, `-`, `\-`, `'`, `\(aq`, `"`, `\(dq`)
	asProse = strings.NewReplacer(`\`, `\e`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`)
)

// escape is for what is to come out as it was typed.
func escape(text string) string { return shielded(asTyped.Replace(text)) }

// prose is for a line of sentences.
func prose(text string) string { return shielded(asProse.Replace(text)) }

// shielded keeps the first character of what may begin a line from being read as a command.
func shielded(text string) string {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
