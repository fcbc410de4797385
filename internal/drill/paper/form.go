package paper

import (
	"fmt"
	"slices"
	"strings"
)

// form is something that a reader can send in.
type form struct {
	path, title string
	fields      []string
}

var forms = []form{
	{"/contact", "Contact", []string{"name", "mail", "message"}},
	{"/login", "Log in", []string{"user", "password"}},
	{"/newsletter", "Newsletter", []string{"mail"}},
}

// FormPaths returns the paths of all forms. GET shows the form and is a [Paper.Page]; POST does what it says, see [Paper.Form].
func (p *Paper) FormPaths() []string {
	paths := make([]string, len(p.forms))
	for i, f := range p.forms {
		paths[i] = f.path
	}
	return paths
}

// FormFields returns the names of the fields of the form at path; nil when there is none.
func (p *Paper) FormFields(path string) []string {
	i := p.formAt(path)
	if i < 0 {
		return nil
	}
	return slices.Clone(p.forms[i].fields)
}

// Form returns the page that answers a POST of body to the form at path; nil when there is no form. It thanks with a receipt that
// depends on every byte of body and repeats none of them.
func (p *Paper) Form(path string, body []byte) []byte {
	i := p.formAt(path)
	if i < 0 {
		return nil
	}
	receipt := fmt.Sprintf("<p>Thank you. Your receipt is %016x.</p>\n", sum(body))
	return p.set(p.forms[i].title, receipt+p.moreToRead("receipt"), p.linksOf(path))
}

func (p *Paper) formAt(path string) int {
	return slices.IndexFunc(p.forms, func(f form) bool { return f.path == path })
}

// ask returns the body of the form's own page.
func (f form) ask() string {
	var b strings.Builder
	write(&b, `<form method="post" action="`, f.path, "\">\n")
	for _, name := range f.fields {
		write(&b, "<label>", name, ` <input name="`, name, "\"></label>\n")
	}
	write(&b, "<button>Send</button>\n</form>\n", strings.Join(paragraphs(throw(f.path), 18), ""))
	return b.String()
}
