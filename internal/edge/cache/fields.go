package cache

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// storedFields returns a copy of f as it is stored and sent: without what concerns one connection (RFC 9111, section 3.1; RFC
// 9110, section 7.6.1), without Age and Content-Length, which are made anew, without cookies, and with date as its Date.
func storedFields(f seawall.Fields, date string) seawall.Fields {
	kept := make(seawall.Fields, 0, len(f)+1)
	for _, field := range f {
		if !perMessage(field.Name) && !strings.EqualFold(field.Name, "Date") && !f.Lists("Connection", field.Name) {
			kept = append(kept, field)
		}
	}
	return pack(append(kept, seawall.Field{Name: "Date", Value: date}))
}

// perMessage reports whether the field called name belongs to one message and not to the stored response.
func perMessage(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
		"proxy-authenticate", "proxy-authentication-info", "proxy-authorization",
		"age", "content-length", "set-cookie", "set-cookie2":
		return true
	}
	return false
}

// updatedFields returns the fields of a stored response after a 304 with fields f: every field of the 304 takes the place of
// the stored ones of that name (RFC 9111, section 3.2). Fields that describe the stored bytes themselves stay, and cookies are
// not taken over.
func updatedFields(stored, f seawall.Fields) seawall.Fields {
	updated := make(seawall.Fields, 0, len(stored)+len(f))
	for _, field := range stored {
		if keepsStored(field.Name) || !f.Has(field.Name) {
			updated = append(updated, field)
		}
	}
	for _, field := range f {
		if !keepsStored(field.Name) && !strings.EqualFold(field.Name, "Set-Cookie") && !strings.EqualFold(field.Name, "Set-Cookie2") {
			updated = append(updated, field)
		}
	}
	return updated
}

func keepsStored(name string) bool {
	switch strings.ToLower(name) {
	case "content-length", "content-encoding", "content-range":
		return true
	}
	return false
}

// pack moves all names and values of f into one string, in place, so that a stored response pins no bytes of anybody else.
func pack(f seawall.Fields) seawall.Fields {
	var b strings.Builder
	b.Grow(fieldBytes(f))
	for i := range f {
		b.WriteString(f[i].Name)
		b.WriteString(f[i].Value)
	}
	all := b.String()
	for i := range f {
		n, v := len(f[i].Name), len(f[i].Value)
		f[i].Name, f[i].Value, all = all[:n], all[n:n+v], all[n+v:]
	}
	return f
}

// fieldBytes returns the length of all names and values of f.
func fieldBytes(f seawall.Fields) int {
	n := 0
	for i := range f {
		n += len(f[i].Name) + len(f[i].Value)
	}
	return n
}
