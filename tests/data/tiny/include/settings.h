#ifndef SETTINGS_H
#define SETTINGS_H

/* What preprocessing finds out and the run time needs: plain values only. */
struct settings {
	char name[16];
	unsigned int limit;
};

extern struct settings settings;
extern unsigned char key[4];

int checksum (const void *data, int length);

#endif
