/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/trust.h"

/* A folder with one empty file in it; the caller removes both. */
static char *make_folder(const char *file)
{
	char *folder = mem_strdup("/tmp/pubsub-trust-XXXXXX");
	AUTO_FREE char *path = NULL;
	int fd;

	assert_non_null(mkdtemp(folder));
	path = mem_printf("%s/%s", folder, file);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	return folder;
}

static void remove_folder(const char *folder, const char *file)
{
	AUTO_FREE char *path = mem_printf("%s/%s", folder, file);

	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static enum trust choose_with(const char *file)
{
	AUTO_FREE char *folder = make_folder(file);
	enum trust trust;

	setenv("SSL_CERT_DIR", folder, 1);
	trust = trust_choose(NULL);
	unsetenv("SSL_CERT_DIR");
	remove_folder(folder, file);
	return trust;
}

static void trust_choose__folder_with_hashes__that_first(void **state)
{
	(void)state;
	unsetenv("SSL_CERT_FILE");
	assert_int_equal(choose_with("1d3472b9.0"), TRUST_FOLDER);
}

static void trust_choose__folder_without_hashes__all(void **state)
{
	(void)state;
	unsetenv("SSL_CERT_FILE");
	assert_int_equal(choose_with("ca-certificates.crt"), TRUST_ALL);
	assert_int_equal(choose_with("1d3472b9x.0"), TRUST_ALL);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	assert_int_equal(trust_choose(NULL), TRUST_ALL);
	unsetenv("SSL_CERT_DIR");
}

static void trust_choose__the_user_has_chosen__as_he_says(void **state)
{
	(void)state;
	assert_int_equal(trust_choose("/a/file"), TRUST_FILE);
	setenv("SSL_CERT_FILE", "/another", 1);
	assert_int_equal(choose_with("1d3472b9.0"), TRUST_ALL);
	unsetenv("SSL_CERT_FILE");
}

static void trust_apply__each__is_taken_back(void **state)
{
	(void)state;
	unsetenv("SSL_CERT_FILE");
	setenv("SSL_CERT_DIR", "/mine", 1);
	for (int twice = 0; twice < 2; twice++) {
		trust_apply(TRUST_FILE, "/a/file");
		trust_apply(TRUST_FILE, "/a/file"); /* goes for nothing */
		assert_string_equal(getenv("SSL_CERT_FILE"), "/a/file");
		assert_string_not_equal(getenv("SSL_CERT_DIR"), "/mine");
		trust_restore();
		assert_null(getenv("SSL_CERT_FILE"));
		assert_string_equal(getenv("SSL_CERT_DIR"), "/mine");
	}
	trust_apply(TRUST_FOLDER, NULL);
	assert_int_not_equal(access(getenv("SSL_CERT_FILE"), F_OK), 0);
	assert_string_equal(getenv("SSL_CERT_DIR"), "/mine");
	trust_restore();
	trust_apply(TRUST_ALL, NULL);
	assert_null(getenv("SSL_CERT_FILE"));
	assert_string_equal(getenv("SSL_CERT_DIR"), "/mine");
	trust_restore();
	unsetenv("SSL_CERT_DIR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_choose__folder_with_hashes__that_first),
		cmocka_unit_test(trust_choose__folder_without_hashes__all),
		cmocka_unit_test(trust_choose__the_user_has_chosen__as_he_says),
		cmocka_unit_test(trust_apply__each__is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
