package intake

import (
	"strings"
	"unicode"
)

// Words that are frequent in one language and rare in the others.
var frequent = map[string][]string{
	"en": {"the", "and", "of", "is", "this", "we", "our", "was", "are", "with"},
	"da": {"og", "ikke", "af", "vi", "det", "har", "på", "hjemmeside", "hjemmesider", "blev"},
	"sv": {"och", "inte", "av", "vi", "det", "har", "på", "är", "webbplats", "blev"},
	"de": {"und", "nicht", "der", "die", "das", "wir", "ist", "von", "auf", "wurde"},
	"fr": {"et", "les", "des", "nous", "est", "sur", "avec", "dans", "une", "pas"},
	"es": {"y", "los", "las", "del", "que", "con", "por", "hemos", "una", "sitio"},
	"ru": {"и", "на", "не", "мы", "что", "сайт", "сайты", "был", "это", "с"},
	"uk": {"і", "на", "не", "ми", "що", "сайт", "сайти", "був", "це", "та"},
}

// languageBytes is how much of a text is looked at.
const languageBytes = 16 << 10

// language guesses in what language a text is, by frequent words: the one that leads, with at least two of them. Empty when none does.
func language(s string) string {
	if len(s) > languageBytes {
		s = strings.ToValidUTF8(s[:languageBytes], "")
	}
	count := map[string]int{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		count[w]++
	}
	best, most, tie := "", 1, false
	for lang, words := range frequent {
		n := 0
		for _, w := range words {
			n += count[w]
		}
		switch {
		case n > most:
			best, most, tie = lang, n, false
		case n == most:
			tie = true
		}
	}
	if tie {
		return ""
	}
	return best
}
