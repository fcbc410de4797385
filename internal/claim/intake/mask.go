package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// The kinds of what is masked.
const (
	maskedMail   = "e-mail"
	maskedPhone  = "telephone"
	maskedHandle = "handle"
)

var (
	mailPattern = regexp.MustCompile(`(?i)[\p{L}\p{N}._%+-]+(?:@|\s?[\[({]at[\])}]\s?)(?:[\p{L}\p{N}-]+(?:\.|\[\.\]|\(\.\)|\s?[\[(]dot[\])]\s?))+[\p{L}]{2,}`)
	// A profile of somebody on a service; what follows the name goes with it.
	profilePattern = regexp.MustCompile(`(?i)\b(t\.me|telegram\.me|telegram\.dog|wa\.me|x\.com|twitter\.com|instagram\.com|facebook\.com|fb\.com|vk\.com|vk\.ru|ok\.ru|tiktok\.com|linkedin\.com|threads\.net|bsky\.app|mastodon\.social)/[^\s<>"'\[]+`)
	handlePattern  = regexp.MustCompile(`@[\p{L}\p{N}_][\p{L}\p{N}_.]*[\p{L}\p{N}_]|@[\p{L}\p{N}_]`)
	phonePattern   = regexp.MustCompile(`(?:\+|\b00)?\(?\d[\d ()./\x{2010}-\x{2013}-]{5,24}\d`)
	datePattern    = regexp.MustCompile(`^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:\s.*)?$`)
	addressPattern = regexp.MustCompile(`^\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?$`)
)

// Mask returns text without e-mail addresses, telephone numbers and handles, each replaced by its kind in brackets, and how many of each there were.
// It would rather mask too much; dates and IP addresses stay. Masked text is not changed by masking it again.
func Mask(text string) (string, map[string]int) {
	n := make(map[string]int)
	text = mailPattern.ReplaceAllStringFunc(text, func(string) string { n[maskedMail]++; return "[e-mail]" })
	text = profilePattern.ReplaceAllStringFunc(text, func(s string) string {
		n[maskedHandle]++
		return s[:strings.IndexByte(s, '/')] + "/[handle]"
	})
	text = handlePattern.ReplaceAllStringFunc(text, func(string) string { n[maskedHandle]++; return "[handle]" })
	return maskPhones(text, n), n
}

// maskPhones replaces runs of digits that may be telephone numbers: seven to fifteen digits, more with a plus in front or in groups, that are neither
// a date nor an address nor a part of a longer word.
func maskPhones(text string, n map[string]int) string {
	var b strings.Builder
	last := 0
	for _, at := range phonePattern.FindAllStringIndex(text, -1) {
		s := text[at[0]:at[1]]
		follows := last == at[0] && last > 0 // the one before, which is no word any more
		if !isPhone(s) || inWord(text, at[0], at[1], follows) {
			continue
		}
		b.WriteString(text[last:at[0]])
		b.WriteString("[telephone]")
		n[maskedPhone]++
		last = at[1]
	}
	b.WriteString(text[last:])
	return b.String()
}

func isPhone(s string) bool {
	digits := 0
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	return digits >= 7 && digits <= 15 && !datePattern.MatchString(s) && !addressPattern.MatchString(strings.TrimPrefix(s, "+"))
}

// inWord reports whether what stands from a to b is part of a word, a number or a link; what is before it does not count where free says so.
func inWord(text string, a, b int, free bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:a])
	after, _ := utf8.DecodeRuneInString(text[b:])
	return isWord(after) || !free && a > 0 && (isWord(before) || strings.ContainsRune("/=#%", before))
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
