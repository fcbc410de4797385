package intake

import (
	"regexp"
	"strings"
)

// What a person can be reached or recognised by. It is better to mask too much: nothing below is needed to judge a claim.
var (
	mail = regexp.MustCompile(`(?i)[\pL\pN._%+-]+[ \t]?(?:@|＠|\[at\]|\(at\)|\{at\})[ \t]?[\pL\pN-]+(?:(?:\.|[ \t]?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\})[ \t]?)[\pL\pN-]+)+`)
	// channel is a link to a messenger or a network of people, whose first part of the path is somebody's name.
	channel = regexp.MustCompile(`(?i)(?:h[tx*]{2}ps?(?:://|\[://\]|\[:\]//))?(?:www(?:\.|\[\.\]))?` +
		`(?:(?:t|wa|telegram|vk|twitter|x|facebook|instagram|discord|tiktok)(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))(?:me|com|gg)/` +
		`|linkedin(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))com/in/|youtube(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))com/@)[^\s<>"]+`)
	handle = regexp.MustCompile(`(^|[^\pL\pN_])[@＠][\pL\pN_]{2,64}`)
	// phone is a number with its country's, four pairs, or whatever digits follow a word for telephone.
	phone = regexp.MustCompile(`(?i)(^|[^\pL\pN.])(?:(?:\+|00)[1-9][0-9]{0,3}(?:[ ()/-]*[0-9]){6,13}` +
		`|[0-9]{2}(?: [0-9]{2}){3}|8 ?\([0-9]{3,5}\)(?:[ -]?[0-9]){5,7}` +
		`|(?:telephone|telefon|phone|tel|tlf|тел|телефон)[.: ]{1,3}\+?[0-9(](?:[ ()/-]*[0-9]){2,14})`)
	// eight is a number of eight digits by itself, as they have in Denmark and Norway, that is no date such as 20251118 and no part of a link.
	eight = regexp.MustCompile(`(^|[\s(:,;])(?:20[4-9][0-9]|2[1-9][0-9]{2}|[3-9][0-9]{3})[0-9]{4}($|[\s),;!?]|\.(?:\s|$))`)
)

// The masks.
const (
	maskMail   = "<mail>"
	maskHandle = "<handle>"
	maskPhone  = "<telephone>"
)

// mask returns the text without what a person can be reached by, and counts what it took out.
func (t *Taken) mask(s string) string {
	s = t.hide(s, mail, maskMail, OddMaskedMail)
	s = t.hide(s, channel, maskHandle, OddMaskedHandle)
	return t.maskNumbers(t.hide(s, handle, "${1}"+maskHandle, OddMaskedHandle))
}

// maskNumbers does so with mail addresses and telephone numbers alone, in names of groups and sources, which may be handles themselves.
func (t *Taken) maskNumbers(s string) string {
	s = t.hide(s, mail, maskMail, OddMaskedMail)
	s = t.hide(s, phone, "${1}"+maskPhone, OddMaskedPhone)
	for range 2 { // one that follows another shares the space between them with it
		s = t.hide(s, eight, "${1}"+maskPhone+"${2}", OddMaskedPhone)
	}
	return s
}

func (t *Taken) hide(s string, what *regexp.Regexp, by string, odd Odd) string {
	if n := len(what.FindAllStringIndex(s, -1)); n > 0 {
		t.Odd[odd] += n
		s = what.ReplaceAllString(s, by)
	}
	return strings.ToValidUTF8(s, "")
}
