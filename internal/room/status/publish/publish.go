// Package publish brings a rendered status page to where it is public: by HTTP PUT, or by a command of the operator's.
//
// Each try is bounded in time and tried again at the next round by whoever rounds belong to; nothing is kept between tries, so a try brings
// the whole folder. No error holds a token, a URL's path, or more of somebody else's words than a short, printable part.
package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/notify/call"
	"github.com/seawall-project/seawall/internal/room/status"
)

// DefaultTimeout is how long a try may take unless its options say otherwise.
const DefaultTimeout = time.Minute

// PutOptions configure a [Put]. URL and Dial are required.
type PutOptions struct {
	URL       string        // to which the names of files are added; ends in a slash, has no query
	TokenFile string        // of the bearer token (RFC 6750), read anew for each try; "" for none
	Dial      call.DialFunc // where targets are refused
	Timeout   time.Duration // for all files together; 0 means [DefaultTimeout]
}

// maxToken is the longest token, in bytes.
const maxToken = 4 << 10

// Put brings folders to a server that takes files by PUT (RFC 9110, section 9.3.4), such as an object store or WebDAV.
type Put struct {
	o      PutOptions
	caller *call.Caller
}

// NewPut returns a Put.
func NewPut(o PutOptions) (*Put, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasSuffix(u.Path, "/") {
		return nil, errors.New("publish: the URL is not one of http or https that ends in a slash")
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	caller, err := call.New(call.Options{Dial: o.Dial})
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return &Put{o, caller}, nil
}

// Publish puts every file of f, what is for machines first and the index last, and stops at the first that is not taken. dir is not looked at.
func (p *Put) Publish(ctx context.Context, f status.Folder, _ string) error {
	token, err := p.token()
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.o.Timeout, errors.New("the time for publishing is up"))
	defer cancel()
	for _, name := range f.Ordered() {
		if err := p.put(ctx, name, f[name], token); err != nil {
			return fmt.Errorf("publish %s: %w", name, err)
		}
	}
	return nil
}

func (p *Put) put(ctx context.Context, name string, data []byte, token string) error {
	c := p.caller.Begin(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, p.o.URL+name, bytes.NewReader(data))
	if err != nil {
		return errors.New("the URL cannot be asked")
	}
	req.Header.Set("Content-Type", status.ContentType(name))
	req.Header.Set("User-Agent", "seawall-status")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Client().Do(req)
	if err == nil {
		_ = resp.Body.Close() // what it says is not read
	}
	_, err = c.Result()
	return err
}

// token reads the token's file.
func (p *Put) token() (string, error) {
	if p.o.TokenFile == "" {
		return "", nil
	}
	f, err := os.Open(p.o.TokenFile)
	if err != nil {
		return "", fmt.Errorf("open token: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s does not hold one token", p.o.TokenFile)
	}
	return token, nil
}
