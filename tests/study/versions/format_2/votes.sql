BEGIN TRANSACTION;
CREATE TABLE draws (
	id INTEGER NOT NULL, 
	study VARCHAR(64) NOT NULL, 
	participant_id VARCHAR(64) NOT NULL, 
	started_at VARCHAR(64) NOT NULL, 
	device VARCHAR(64) NOT NULL, 
	trials TEXT NOT NULL, 
	invitation VARCHAR(64) DEFAULT '' NOT NULL, 
	external_id VARCHAR(64) DEFAULT '' NOT NULL, 
	language VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_draw_per_participant UNIQUE (study, participant_id)
);
INSERT INTO "draws" VALUES(1,'cats','p1','2026-11-27T12:30:50.804Z','phone','[{"trial": 1, "phase": "test", "stimulus": "sb91cc977d85b8e5b", "partner": "", "stimulus_left": true}, {"trial": 2, "phase": "test", "stimulus": "s2fab758b721d8ec1", "partner": "", "stimulus_left": true}]','','','');
INSERT INTO "draws" VALUES(2,'cats','p2','2026-11-27T12:30:50.851Z','phone','[{"trial": 1, "phase": "test", "stimulus": "s6d484e06f009e343", "partner": "", "stimulus_left": true}, {"trial": 2, "phase": "test", "stimulus": "sac7a0d211a767422", "partner": "", "stimulus_left": true}]','','','');
CREATE TABLE served (
	id INTEGER NOT NULL, 
	study VARCHAR(64) NOT NULL, 
	participant_id VARCHAR(64) NOT NULL, 
	trial INTEGER NOT NULL, 
	place VARCHAR(8) NOT NULL, 
	served_at VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "served" VALUES(1,'cats','p1',1,'only','2026-11-27T12:30:50.827Z');
INSERT INTO "served" VALUES(2,'cats','p1',2,'only','2026-11-27T12:30:50.843Z');
INSERT INTO "served" VALUES(3,'cats','p2',1,'only','2026-11-27T12:30:50.859Z');
CREATE TABLE vote_removals (
	id INTEGER NOT NULL, 
	study VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE votes (
	id INTEGER NOT NULL, 
	study VARCHAR(64) NOT NULL, 
	participant_id VARCHAR(64) NOT NULL, 
	trial INTEGER NOT NULL, 
	phase VARCHAR(64) NOT NULL, 
	stimulus VARCHAR(64) NOT NULL, 
	model VARCHAR(64) NOT NULL, 
	is_real BOOLEAN NOT NULL, 
	judged_real BOOLEAN NOT NULL, 
	response_ms INTEGER NOT NULL, 
	voted_at VARCHAR(64) NOT NULL, 
	device VARCHAR(64) NOT NULL, 
	app_version VARCHAR(64) NOT NULL, 
	partner VARCHAR(64) NOT NULL, 
	photo VARCHAR(64) DEFAULT '' NOT NULL, 
	external_id VARCHAR(64) DEFAULT '' NOT NULL, 
	server_ms INTEGER, 
	language VARCHAR(64) DEFAULT '' NOT NULL, 
	exposure_ms INTEGER, 
	excluded VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_vote_per_picture UNIQUE (study, participant_id, stimulus)
);
INSERT INTO "votes" VALUES(1,'cats','p1',1,'test','sb91cc977d85b8e5b','tinted',0,1,900,'2026-11-27T12:30:50.829Z','phone','0.1.0','','f5930c941a769d613','',NULL,'',NULL,'');
INSERT INTO "votes" VALUES(2,'cats','p1',2,'test','s2fab758b721d8ec1','',1,1,900,'2026-11-27T12:30:50.845Z','phone','0.1.0','','f4035a466ec7030fd','',NULL,'',NULL,'');
INSERT INTO "votes" VALUES(3,'cats','p2',1,'test','s6d484e06f009e343','',1,0,900,'2026-11-27T12:30:50.860Z','phone','0.1.0','','f5930c941a769d613','',NULL,'',NULL,'');
CREATE INDEX votes_by_order ON votes (study, id);
CREATE INDEX draws_by_start ON draws (study, started_at);
CREATE INDEX draws_by_invitation ON draws (study, invitation);
CREATE INDEX draws_by_external_id ON draws (study, external_id);
CREATE INDEX served_to ON served (study, participant_id);
CREATE INDEX ix_vote_removals_study ON vote_removals (study);
COMMIT;
