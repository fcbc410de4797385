package intake

import (
	"regexp"
	"strings"
)

// What a person can be reached or recognised by. It is better to mask too much: nothing below is needed to judge a claim.
var (
	mail = regexp.MustCompile(`(?i)[\pL\pN._%+-]+\s?(?:@|\[at\]|\(at\)|\{at\})\s?[\pL\pN-]+(?:\s?(?:\.|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\})\s?[\pL\pN-]+)+`)
	// channel is a link to a messenger or a network of people, whose first part of the path is somebody's name.
	channel = regexp.MustCompile(`(?i)(?:h[tx*]{2}ps?(?:://|\[://\]|\[:\]//))?(?:www(?:\.|\[\.\]))?` +
		`(?:t|telegram|vk|twitter|x|facebook|instagram|discord)(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))(?:me|com|gg)/[^\s<>"]+`)
	handle = regexp.MustCompile(`(^|[^\pL\pN_/])@[\pL\pN_]{2,64}`)
	// phone is a number with its country's, four pairs, or whatever digits follow a word for telephone.
	phone = regexp.MustCompile(`(?i)(^|[^\pL\pN.])(?:(?:\+|00)[1-9][0-9]{0,3}(?:[ ()/-]*[0-9]){6,13}` +
		`|[0-9]{2}(?: [0-9]{2}){3}|8 ?\([0-9]{3,5}\)(?:[ -]?[0-9]){5,7}` +
		`|(?:telephone|telefon|phone|tel|tlf|тел|телефон)[.: ]{1,3}\+?[0-9(](?:[ ()/-]*[0-9]){2,14})`)
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
	s = t.hide(s, handle, "${1}"+maskHandle, OddMaskedHandle)
	return t.hide(s, phone, "${1}"+maskPhone, OddMaskedPhone)
}

func (t *Taken) hide(s string, what *regexp.Regexp, by string, odd Odd) string {
	if n := len(what.FindAllStringIndex(s, -1)); n > 0 {
		t.Odd[odd] += n
		s = what.ReplaceAllString(s, by)
	}
	return strings.ToValidUTF8(s, "")
}
