// The four flows and refusals that a partner meets, with the client of openapi-generator's go.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"openapi"
)

const (
	organization = "11111111-1111-4111-8111-111111111111"
	email        = "patient@example.com"
)

var client = func() *openapi.APIClient {
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: os.Getenv("POSTERN_API")}}
	return openapi.NewAPIClient(configuration)
}()

func withKeys(portal, sso string) context.Context {
	keys := map[string]openapi.APIKey{"portalApiKey": {Key: portal}, "ssoClientToken": {Key: sso}}
	return context.WithValue(context.Background(), openapi.ContextAPIKeys, keys)
}

func bearer(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, openapi.ContextAccessToken, token)
}

func must(is bool, what ...any) {
	if !is {
		log.Fatalln(what...)
	}
}

// done returns what a call that succeeded was answered with.
func done[T any](model T, response *http.Response, err error) T {
	must(err == nil, response, err)
	return model
}

// refused returns the refusal of a call, which has this status.
func refused[R any, T any](status int) func(T, *http.Response, error) R {
	return func(_ T, response *http.Response, err error) R {
		var thrown *openapi.GenericOpenAPIError
		must(errors.As(err, &thrown) && response.StatusCode == status, "not refused with", status, response, err)
		refusal, is := thrown.Model().(R)
		must(is, thrown.Model(), err)
		return refusal
	}
}

// code is that of the newest mail, from the local stack's inbox.
func code() string {
	for looks := 0; looks < 100; looks++ {
		answer, err := http.Get(os.Getenv("POSTERN_CONSOLE") + "/messages")
		must(err == nil, err)
		text, err := io.ReadAll(answer.Body)
		must(err == nil, err)
		if found := regexp.MustCompile(`\b[0-9]{6}\b`).Find(text); found != nil {
			return string(found)
		}
		time.Sleep(100 * time.Millisecond)
	}
	log.Fatal("no code was sent")
	return ""
}

func emptyInbox() {
	request, err := http.NewRequest(http.MethodDelete, os.Getenv("POSTERN_CONSOLE")+"/messages", nil)
	must(err == nil, err)
	_, err = http.DefaultClient.Do(request)
	must(err == nil, err)
}

func key() string {
	random := make([]byte, 16)
	_, err := rand.Read(random)
	must(err == nil, err)
	return hex.EncodeToString(random)
}

func ofThePortal() {
	ctx, portal := withKeys("demo-portal-key", ""), client.PortalAPI
	byMail := openapi.PortalSendOtpByMailAsPortalSendOtp(openapi.NewPortalSendOtpByMail(email, "EMAIL"))
	verify := func(address, code string) openapi.ApiVerifyPortalOtpRequest {
		body := openapi.PortalVerifyOtpByMailAsPortalVerifyOtp(openapi.NewPortalVerifyOtpByMail(address, code))
		return portal.VerifyPortalOtp(ctx).PortalVerifyOtp(body)
	}
	rotate := func(token, key string) openapi.ApiRefreshPortalSessionRequest {
		return portal.RefreshPortalSession(ctx).IdempotencyKey(key).PortalPresentedToken(*openapi.NewPortalPresentedToken(token))
	}
	emptyInbox()
	must(done(portal.SendPortalOtp(ctx).PortalSendOtp(byMail).IdempotencyKey(key()).Execute()).Success, "sent")
	first := done(verify(email, code()).Execute())
	me := done(portal.GetPortalUser(bearer(ctx, first.AccessToken)).Execute())
	must(me.Data.GetEmail() == email, me.Data)
	once := key()
	second := done(rotate(first.RefreshToken, once).Execute())
	must(done(rotate(first.RefreshToken, once).Execute()).RefreshToken == second.RefreshToken, "a lost answer is made good")
	done(portal.EndPortalSession(ctx).PortalPresentedToken(*openapi.NewPortalPresentedToken(second.RefreshToken)).Execute())

	tokens := refused[openapi.PortalRefusal, *openapi.PortalTokens](401)
	must(tokens(rotate(second.RefreshToken, key()).Execute()).Code == "REFRESH_REUSED", "reused")
	must(tokens(rotate(strings.Repeat("x", 43), key()).Execute()).Code == "REFRESH_INVALID", "invalid")
	must(tokens(verify("nobody@example.com", "000000").Execute()).Code == "UNAUTHORIZED", "unauthorized")
	user := refused[openapi.PortalRefusal, *openapi.PortalMe](401)
	must(user(portal.GetPortalUser(bearer(ctx, "forged")).Execute()).Code == "VALIDATION_ERROR", "forged")
	bySms := openapi.PortalSendOtpBySmsAsPortalSendOtp(openapi.NewPortalSendOtpBySms("5551234567", "SMS"))
	malformed := refused[openapi.PortalRefusal, *openapi.PortalDone](400)
	must(len(malformed(portal.SendPortalOtp(ctx).PortalSendOtp(bySms).Execute()).Issues) == 1, "issues")
}

func ofAPartner() {
	ctx, partner := context.Background(), client.PartnerAPI
	token := func(secret string, scope ...openapi.PartnerScope) openapi.ApiIssuePartnerTokenRequest {
		return partner.IssuePartnerToken(ctx).XPartnerId("demo-partner").XPartnerSecret(secret).XOrganizationId(organization).
			XOrganizationSecret("demo-organization-secret").XUserId("33333333-3333-4333-8333-333333333333").
			PartnerGrant(*openapi.NewPartnerGrant("client_credentials", scope))
	}
	issued := done(token("demo-partner-secret", "create:patient").Execute())
	must(len(issued.Data.Scope) == 1 && issued.Data.Scope[0] == "create:patient", issued.Data.Scope)
	validate := func(secret string) openapi.ApiValidatePartnerTokenRequest {
		return partner.ValidatePartnerToken(bearer(ctx, issued.Data.AccessToken), organization).XOrganizationSecret(secret)
	}
	must(done(validate("demo-organization-secret").Execute()).Data.Validated, "validated")
	must(done(partner.GetPartnerKeys(ctx).Execute()).Keys[0].Kty == "RSA", "keys")

	wrongSecret := refused[openapi.PartnerRefusal, *openapi.PartnerValidated](401)(validate("wrong").Execute())
	must(strings.Contains(wrongSecret.Error.Detail, "secret"), wrongSecret)
	wrongPartner := refused[openapi.PartnerRefusal, *openapi.PartnerToken](401)(token("wrong", "create:patient").Execute())
	must(wrongPartner.StatusCode == 401, wrongPartner)
	invalid := refused[openapi.PartnerRefusal, *openapi.PartnerToken](422)(token("demo-partner-secret", "read:minds").Execute())
	must(invalid.Error.Validation[0].Code == "VALIDATION_ERROR", invalid)
}

func ofAPassword() {
	ctx, password := context.Background(), client.PasswordAPI
	logIn := func(secret string) openapi.ApiLogInPasswordUserRequest {
		return password.LogInPasswordUser(ctx, "patient").Organization(organization).
			PasswordCredentials(*openapi.NewPasswordCredentials("demo", secret))
	}
	own := bearer(ctx, done(logIn("demo-password-1").Execute()).Token)
	account := done(password.GetPasswordAccount(own, "patient").Organization(organization).Execute())
	must(account.GetUsername() == "demo", account)
	response, err := password.LogOutPasswordUser(own, "patient").Organization(organization).Execute()
	must(err == nil && response.StatusCode == 204, response, err)
	wrong := refused[openapi.PasswordRefusal, *openapi.PasswordToken](401)(logIn("wrong").Execute())
	must(wrong.Message == "Invalid credentials", wrong)
}

func ofAnExchange() {
	ctx, sso := withKeys("", "demo-client-token"), client.SsoAPI
	signIn := func(ctx context.Context, secret string) openapi.ApiSignInSsoUserRequest {
		return sso.SignInSsoUser(ctx).ClientId("18550").Email("xyz@example.com").Password(secret)
	}
	token := done(signIn(ctx, "demo-password-1").Execute()).AccessToken
	user := done(sso.GetSsoUser(ctx, token).ClientId("18550").Execute()).SsoUserInfo
	must(user != nil && user.Email == "xyz@example.com", user)
	signOut := sso.SignOutSsoUser(ctx, token).ClientId("18550").Email("xyz@example.com").Password("demo-password-1")
	must(!done(signOut.Execute()).Error, "signed out")
	stranger := refused[openapi.SsoRefusal, *openapi.SsoSignedIn](401)(signIn(withKeys("", "wrong"), "demo-password-1").Execute())
	must(stranger.Code == 401, stranger)
}

func main() {
	for _, flow := range []func(){ofThePortal, ofAPartner, ofAPassword, ofAnExchange} {
		flow()
	}
	fmt.Println("ok: four flows and ten refusals with openapi-generator's Go client")
}
