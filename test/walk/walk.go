// Package walk reads a document as somebody does who follows it: the blocks of code of a section, in the order of the text.
package walk

import (
	"fmt"
	"regexp"
	"strings"
)

// Block is a fenced block of code.
type Block struct {
	Language string // what stands behind the fence: sh, yaml, corefile, ...
	Text     string // without the fences
	Before   string // the text since the block before it, or since the heading
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// Section returns what stands between a heading, given with its number signs, and the next one of the same or a higher level.
func Section(markdown, heading string) (string, error) {
	_, text, found := strings.Cut("\n"+markdown, "\n"+heading+"\n")
	if !found {
		return "", fmt.Errorf("there is no heading %q", heading)
	}
	level := len(heading) - len(strings.TrimLeft(heading, "#"))
	// A comment of a shell looks like a heading: blank the blocks out before looking for the end.
	blanked := fence.ReplaceAllStringFunc(text, func(block string) string { return strings.Repeat(" ", len(block)) })
	if end := regexp.MustCompile(fmt.Sprintf("(?m)^#{1,%d} ", level)).FindStringIndex(blanked); end != nil {
		text = text[:end[0]]
	}
	return text, nil
}

// Blocks returns the blocks of code of a text.
func Blocks(markdown string) []Block {
	var blocks []Block
	at := 0
	for _, match := range fence.FindAllStringSubmatchIndex(markdown, -1) {
		blocks = append(blocks, Block{
			Language: markdown[match[2]:match[3]],
			Text:     markdown[match[4]:match[5]],
			Before:   strings.TrimSpace(markdown[at:match[0]]),
		})
		at = match[1]
	}
	return blocks
}
