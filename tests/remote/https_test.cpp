// A server's certificate has to be one that the system trusts.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "keratin/core/log.h"
#include "keratin/remote/remote_monitor.h"
#include "remote/server.h"

namespace {

using namespace keratin;
using callbacks::RemoteMonitor;

/// A key and a certificate of its own for 127.0.0.1.
struct Identity {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  X509* certificate = X509_new();

  Identity() {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* const address =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, const_cast<char*>("IP:127.0.0.1"));
    X509_add_ext(certificate, address, -1);
    X509_EXTENSION_free(address);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  void write(const std::string& path) const {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }
};

TEST(RemoteOverTLS, SendsToServersThatTheSystemTrustsAlone) {
  const Identity identity;
  const test::Server server(std::make_unique<httplib::SSLServer>(identity.certificate, identity.key));
  const std::string path = testing::TempDir() + "keratin_certificate.pem";
  identity.write(path);
  std::vector<std::string> warned;
  log::set_sink([&](log::Level, std::string_view text) { warned.emplace_back(text); });
  const auto send = [&] {
    RemoteMonitor monitor({.root = "https://" + server.address(), .send_as_json = true});
    monitor.on_epoch_end(3, {});
  };
  send();
  EXPECT_TRUE(server.requests().empty());
  EXPECT_EQ(warned.size(), 1u);
  ::setenv("SSL_CERT_FILE", path.c_str(), 1);  // what the system trusts, for OpenSSL
  send();
  ::unsetenv("SSL_CERT_FILE");
  log::set_sink({});
  std::filesystem::remove(path);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].body, "{\"epoch\": 3}");
  EXPECT_EQ(warned.size(), 1u);
}

}  // namespace
