package config

import (
	"net/mail"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// email parses the address of whoever is responsible.
func email(s string) (string, *fault) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "", &fault{quote(s) + " is not a mail address", "write it plainly, such as it@example.org"}
	}
	return s, nil
}

// directory parses the URL of an ACME directory (RFC 8555, section 7.1.1), or one of the names for it.
func directory(s string) (string, *fault) {
	switch s {
	case "letsencrypt":
		return LetsEncrypt, nil
	case "letsencrypt-staging":
		return LetsEncryptStaging, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", &fault{quote(s) + " is not the https URL of an ACME directory", "write letsencrypt, letsencrypt-staging or such a URL"}
	}
	return s, nil
}

// maxPath is the longest path of a file, in bytes.
const maxPath = 1024

// filePath parses the absolute path of a file or folder.
func filePath(example string) func(string) (string, *fault) {
	return func(s string) (string, *fault) {
		switch {
		case len(s) > maxPath:
			return "", &fault{"is longer than " + strconv.Itoa(maxPath) + " bytes", "choose a shorter path"}
		case strings.ContainsFunc(s, unicode.IsControl):
			return "", &fault{"has a control character", "write a path such as " + example}
		case !filepath.IsAbs(s):
			return "", &fault{quote(s) + " does not begin at the root", "write a path such as " + example}
		}
		return filepath.Clean(s), nil
	}
}

// logTo parses where the access log goes.
func logTo(s string) (string, *fault) {
	switch s {
	case LogStderr, LogOff:
		return s, nil
	}
	path, f := filePath("/var/log/seawall/access.log")(s)
	if f != nil {
		f.remedy = "write stderr, off, or a path such as /var/log/seawall/access.log"
	}
	return path, f
}

const maxHertz = 1000

// hertz parses a number of lines a second.
func hertz(s string) (int, *fault) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxHertz {
		return 0, &fault{quote(s) + " is not a number from 1 to 1000", "write " + strconv.Itoa(DefaultHertz) + ", or to: off for none"}
	}
	return n, nil
}
