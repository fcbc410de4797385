package probe

import (
	"bytes"
	"io"
	"math/bits"
	"net/http"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// Limits of what is read out of a page, in bytes.
const (
	maxTitle = 200
	maxText  = 64 << 10 // of the text that the similarity hash is made of
)

// readPage returns the title of a page, if it is HTML, and the similarity hash of its text. Its cost grows with the page, up to limits.
func readPage(content []byte, contentType string) (title string, simhash uint64) {
	if contentType == "" {
		contentType = http.DetectContentType(content)
	}
	if !strings.Contains(strings.ToLower(contentType), "html") {
		return "", Simhash(string(content[:min(len(content), maxText)]))
	}
	var r io.Reader = bytes.NewReader(content)
	if decoded, err := charset.NewReader(r, contentType); err == nil {
		r = decoded
	} else {
		r = bytes.NewReader(content)
	}
	title, text := readHTML(r)
	return clip(title, maxTitle), Simhash(text)
}

// readHTML returns the first title and the visible text of an HTML page, at most maxText bytes of it.
func readHTML(r io.Reader) (title, text string) {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(256 << 10)
	var words strings.Builder
	var inside atom.Atom // the element whose text is not the page's
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return title, words.String()
		case html.StartTagToken, html.EndTagToken:
			name, _ := z.TagName()
			switch a := atom.Lookup(name); a {
			case atom.Title, atom.Script, atom.Style, atom.Noscript, atom.Template:
				if inside = 0; kind == html.StartTagToken {
					inside = a
				}
			}
		case html.TextToken:
			switch {
			case inside == atom.Title && title == "":
				title = string(z.Text())
			case inside == 0 && words.Len() < maxText:
				words.Write(z.Text())
				words.WriteByte(' ')
			}
		}
	}
}

// toLine returns s with every run of white space and control characters as one space, and without what is no UTF-8.
func toLine(s string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(words, " ")
}

// Simhash returns the similarity hash of a text (Charikar 2002): texts that share most of their runs of three words have hashes that differ in few
// of the 64 bits. Letters and digits count, in lower case; a text without any has the hash 0.
func Simhash(text string) uint64 {
	var counts [64]int
	var last [3]uint64 // hashes of the last words
	seen := 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		last[0], last[1], last[2] = last[1], last[2], hashWord(word)
		seen++
		run := mix(last[0]*3 + last[1]*5 + last[2]*7)
		for i := range counts {
			counts[i] += int(run>>i&1)*2 - 1
		}
	}
	var hash uint64
	if seen == 0 {
		return hash
	}
	for i, n := range &counts {
		if n > 0 {
			hash |= 1 << i
		}
	}
	return hash
}

// Distance returns in how many bits two similarity hashes differ, 0 to 64. Unrelated texts differ in about half of them.
func Distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// hashWord is FNV-1a over a word in lower case.
func hashWord(word string) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range word {
		h = (h ^ uint64(unicode.ToLower(r))) * 1099511628211
	}
	return h
}

// mix spreads every bit of x over all bits, as the last step of splitmix64 does.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
