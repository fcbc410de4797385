package shout

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/googlechat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/zulip"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// hook is a service whose client cannot be replaced, but whose request is one line: shoutrrr reads the URL, and the request is made here.
type hook struct {
	client  *http.Client
	request func(text string) (*http.Request, error)
}

// Send implements [types.Sender].
func (h *hook) Send(text string, _ *types.Params) error {
	req, err := h.request(text)
	if err != nil {
		return err
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// textHook posts {"text": …}.
func textHook(c *http.Client, to string, escape func(string) string) *hook {
	return &hook{c, func(text string) (*http.Request, error) {
		body, err := json.Marshal(map[string]string{"text": escape(text)})
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body)) //nolint:noctx // the client has the call's
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	}}
}

// openSlack takes the token of an incoming webhook. With one of the API, Slack answers 200 to what it refuses, which nobody would notice.
func openSlack(u *url.URL, c *http.Client) (types.Sender, error) {
	config, err := slack.CreateConfigFromURL(u)
	if err != nil {
		return nil, err
	}
	if config.Token.IsAPIToken() {
		return nil, errors.New("not the token of an incoming webhook")
	}
	return textHook(c, config.Token.WebhookURL(), strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace), nil
}

func openGooglechat(u *url.URL, c *http.Client) (types.Sender, error) {
	config := &googlechat.Config{}
	if err := config.SetURL(u); err != nil {
		return nil, err
	}
	to := url.URL{Scheme: "https", Host: config.Host, Path: config.Path, RawQuery: url.Values{"key": {config.Key}, "token": {config.Token}}.Encode()}
	return textHook(c, to.String(), func(text string) string { return text }), nil
}

func openZulip(u *url.URL, c *http.Client) (types.Sender, error) {
	config, err := zulip.CreateConfigFromURL(u)
	if err != nil {
		return nil, err
	}
	if config.Stream == "" || config.Topic == "" {
		return nil, errors.New("no stream or topic")
	}
	to := url.URL{Scheme: "https", Host: config.Host, Path: "/api/v1/messages"}
	return &hook{c, func(text string) (*http.Request, error) {
		req, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(zulip.CreatePayload(config, text).Encode())) //nolint:noctx // as above
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.SetBasicAuth(config.BotMail, config.BotKey)
		}
		return req, err
	}}, nil
}
