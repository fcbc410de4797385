package intake

import (
	"strings"
	"unicode"
)

// common are words that are frequent in a language and rare in the others, as far as that can be.
var common = map[string]string{
	"en": "the and of to we is are was were our your this that with have has been will their from",
	"da": "og det er ikke vi af til på med den har som jer også blev hjemmeside angreb",
	"sv": "och det är inte vi av till på med den har som också webbplats",
	"de": "und der die das ist nicht wir mit von auf für den wurde haben seite angriff",
	"fr": "le la les et des est nous avec pour dans sur pas une ont été site",
	"es": "el los las y es no con por para una que del hemos sitio ataque",
	"it": "il gli che di non con per una sono è del abbiamo sito attacco",
	"pl": "i nie jest na się że do z przez oraz strona atak są",
	"fi": "ja on ei se että ovat olemme sivusto hyökkäys mutta myös",
	"nl": "de het een en van niet wij met voor op zijn hebben aanval",
}

// Language guesses the language of a text, as ISO 639-1; "" when it is too short or like none. Links do not count.
func Language(text string) string {
	text = strings.ToLower(urlPattern.ReplaceAllString(text, " "))
	if l := cyrillic(text); l != "" {
		return l
	}
	score := map[string]int{}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		for l, words := range common {
			if strings.Contains(" "+words+" ", " "+word+" ") {
				score[l]++
			}
		}
	}
	best, most, second := "", 1, 1 // one word is none
	for l, n := range score {
		switch {
		case n > most:
			best, most, second = l, n, most
		case n > second || n == most:
			second = n
		}
	}
	if most == second {
		return ""
	}
	return best
}

// cyrillic tells Ukrainian from Russian, by letters that only one of them has.
func cyrillic(text string) string {
	var letters, cyr, ua, ru int
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		switch {
		case strings.ContainsRune("іїєґ", r):
			ua++
			cyr++
		case strings.ContainsRune("ыэёъ", r):
			ru++
			cyr++
		case unicode.Is(unicode.Cyrillic, r):
			cyr++
		}
	}
	switch {
	case cyr < 8 || 3*cyr < letters:
		return ""
	case ua > ru:
		return "uk"
	}
	return "ru"
}
